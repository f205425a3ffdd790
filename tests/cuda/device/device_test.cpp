// Memory, copies, streams, captures and what becomes of faults, on the emulated GPU.
#include <cstdlib>

#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

constexpr DLDevice kGpu = {kDLCUDA, 0}, kHost = {kDLCPU, 0};

/// What a call gave, and its words.
struct Answer {
  nnr_status status;
  std::string text;
};
template <class F> Answer ask(F&& f) {
  char text[1024] = "";
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  const nnr_status s = f(&e);
  return {s, text};
}

/// The settings of the emulated GPU, while it lives.
struct Setting {
  explicit Setting(const char* s) { ::setenv("NNRUN_EMULATED_CUDA", s, 1); }
  ~Setting() { ::unsetenv("NNRUN_EMULATED_CUDA"); }
};

class CudaDevice : public ::testing::Test {
 protected:
  const nnr_backend& b = cuda().table();
  void* self = cuda().self();

  void* allocate(uint64_t bytes) {
    void* p = nullptr;
    EXPECT_EQ(ask([&](nnr_err* e) { return b.mem_alloc(self, kGpu, bytes, 64, &p, e); }).status,
              NNR_OK);
    return p;
  }
  void copy(const void* from, DLDevice from_device, void* to, DLDevice to_device, int64_t bytes,
            void* s) {
    int64_t stride = 1;
    const DLTensor src = {
        const_cast<void*>(from), from_device, 1, {kDLUInt, 8, 1}, &bytes, &stride, 0};
    DLTensor dst = {to, to_device, 1, {kDLUInt, 8, 1}, &bytes, &stride, 0};
    const Answer a = ask([&](nnr_err* e) { return b.copy(self, &src, &dst, s, e); });
    EXPECT_EQ(a.status, NNR_OK) << a.text;
  }
};

TEST_F(CudaDevice, SaysWhatItIs) {
  nnr_dev_info info = {};
  EXPECT_EQ(ask([&](nnr_err* e) { return b.device_info(self, 0, &info, e); }).status, NNR_OK);
  EXPECT_EQ(info.dev.device_type, kDLCUDA);
  EXPECT_STREQ(info.arch, "sm_90");
  EXPECT_EQ(info.mem_total, uint64_t{1} << 30);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.device_info(self, 1, &info, e); }).status,
            NNR_E_UNSUPPORTED);
}

TEST_F(CudaDevice, LargeCopiesGoThroughPinnedBlocksAndBack) {
  std::vector<char> there((size_t{9} << 20) + 13), back(there.size());
  for (size_t i = 0; i < there.size(); ++i) there[i] = char(i * 31 >> 3);
  void* p = allocate(there.size());
  void* q = allocate(there.size());
  copy(there.data(), kHost, p, kGpu, int64_t(there.size()), nullptr);
  copy(p, kGpu, q, kGpu, int64_t(there.size()), nullptr);
  copy(q, kGpu, back.data(), kHost, int64_t(there.size()), nullptr);
  EXPECT_TRUE(there == back);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.fill(self, kGpu, q, 7, 5, nullptr, e); }).status,
            NNR_OK);
  copy(q, kGpu, back.data(), kHost, 8, nullptr);
  EXPECT_EQ(back[4], 7);
  EXPECT_EQ(back[5], there[5]);
  b.mem_free(self, kGpu, p);
  b.mem_free(self, kGpu, q);
}

TEST_F(CudaDevice, ACapturedSequenceRunsWhenItIsReplayed) {
  void* s = nullptr;
  ASSERT_EQ(ask([&](nnr_err* e) { return b.stream_create(self, kGpu, &s, e); }).status, NNR_OK);
  char* p = static_cast<char*>(allocate(64));
  ASSERT_EQ(ask([&](nnr_err* e) { return b.fill(self, kGpu, p, 1, 64, s, e); }).status, NNR_OK);
  ASSERT_EQ(ask([&](nnr_err* e) { return b.capture_begin(self, s, e); }).status, NNR_OK);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.fill(self, kGpu, p, 2, 64, s, e); }).status, NNR_OK);
  copy(p, kGpu, p + 32, kGpu, 32, s);
  nnr_launch replay = {};
  ASSERT_EQ(ask([&](nnr_err* e) { return b.capture_end(self, s, &replay, e); }).status, NNR_OK);
  char seen = 0;
  copy(p, kGpu, &seen, kHost, 1, s);
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(ask([&](nnr_err* e) { return replay.run(replay.ctx, e); }).status, NNR_OK);
  copy(p + 63, kGpu, &seen, kHost, 1, s);
  EXPECT_EQ(seen, 2);
  replay.unbind(replay.ctx);
  ASSERT_EQ(ask([&](nnr_err* e) { return b.capture_begin(self, s, e); }).status, NNR_OK);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.capture_end(self, s, nullptr, e); }).status, NNR_OK);
  b.mem_free(self, kGpu, p);
  b.stream_destroy(self, s);
}

TEST_F(CudaDevice, EventsOrderStreamsAndTheHost) {
  void *s = nullptr, *ev = nullptr;
  ASSERT_EQ(ask([&](nnr_err* e) { return b.stream_create(self, kGpu, &s, e); }).status, NNR_OK);
  ASSERT_EQ(ask([&](nnr_err* e) { return b.event_create(self, kGpu, &ev, e); }).status, NNR_OK);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.event_record(self, ev, s, e); }).status, NNR_OK);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.event_wait(self, ev, s, e); }).status, NNR_OK);
  EXPECT_EQ(ask([&](nnr_err* e) { return b.event_wait(self, ev, nullptr, e); }).status, NNR_OK);
  int32_t done = 0;
  EXPECT_EQ(ask([&](nnr_err* e) { return b.event_query(self, ev, &done, e); }).status, NNR_OK);
  EXPECT_EQ(done, 1);
  b.event_destroy(self, ev);
  b.stream_destroy(self, s);
}

TEST_F(CudaDevice, MemoryThatIsNotThereIsRefusedWithTheSizes) {
  void* p = nullptr;
  const Answer a =
      ask([&](nnr_err* e) { return b.mem_alloc(self, kGpu, uint64_t{1} << 40, 64, &p, e); });
  EXPECT_EQ(a.status, NNR_E_NOMEM);
  EXPECT_NE(a.text.find("1099511627776 bytes wanted"), std::string::npos) << a.text;
  EXPECT_NE(a.text.find("of 1073741824 free on emulated GPU"), std::string::npos) << a.text;
}

TEST_F(CudaDevice, ALostDeviceIsReportedByTheLaunch) {
  const Setting lost("lost_after=0");
  try {
    cuda().run("add", {f32({3}, {1, 2, 3}), f32({3}, {1, 1, 1})}, {{kF32, {3}}});
    ADD_FAILURE() << "ran on a lost device";
  } catch (const Failed& f) {
    EXPECT_EQ(f.status, NNR_E_DEVICE_LOST) << f.what();
    EXPECT_NE(std::string(f.what()).find("CUDA_ERROR_LAUNCH_FAILED"), std::string::npos)
        << f.what();
  }
}

}  // namespace
}  // namespace nnrun::test
