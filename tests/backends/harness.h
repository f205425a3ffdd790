// One op on one backend, through the C ABI alone: a library is loaded, and run() offers, prepares,
// binds and runs one application on small tensors. Every run also checks what holds for all
// kernels: nothing is written outside outputs and workspace, inputs stay as they are, a second run
// after rebind gives the same bits, and so does each in-place pair of the offer.
#pragma once

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <nnrun/plugin.h>
#include <nnrun/sdk/status.hpp>

#include "tests/backends/tensor.h"

namespace nnrun::test {

/// What an output is.
struct Out {
  DType dtype;
  Ints shape;
};

using AttrValue = std::variant<int64_t, double, bool, std::string, DType, Ints, Numbers>;
using AttrMap = std::map<std::string, AttrValue>;

/// The nnr_op_desc of one application, with everything it points to. An absent operand is nullopt.
class OpCall {
 public:
  OpCall(std::string op, std::vector<std::optional<Tensor>> in, const std::vector<Out>& out,
         const AttrMap& attrs)
      : inputs(std::move(in)), op_(std::move(op)), attr_values_(attrs) {
    for (const Out& o : out) outputs.emplace_back(o.dtype, o.shape);
    descs_.reserve(inputs.size() + outputs.size());
    for (const auto& t : inputs) in_.push_back(t ? describe(*t) : nullptr);
    for (const Tensor& t : outputs) out_.push_back(describe(t));
    slots_.reserve(attr_values_.size());
    for (const auto& [name, value] : attr_values_) add_attr(name, value);
    desc.struct_size = sizeof desc;
    desc.op_rev = 1;
    desc.op = sdk::str(op_);
    desc.n_in = uint32_t(in_.size());
    desc.n_out = uint32_t(out_.size());
    desc.n_attr = uint32_t(attrs_.size());
    desc.in = in_.data();
    desc.out = out_.data();
    desc.attr = attrs_.data();
    desc.threads = 1;
  }
  OpCall(const OpCall&) = delete;
  OpCall& operator=(const OpCall&) = delete;

  std::vector<std::optional<Tensor>> inputs;
  std::vector<Tensor> outputs;
  nnr_op_desc desc = {};

 private:
  struct Slot {
    nnr_str text;
    DLDataType dtype;
    uint8_t flag;
  };
  const nnr_tdesc* describe(const Tensor& t) {
    nnr_tdesc d = {};
    d.struct_size = sizeof d;
    d.t.ndim = int32_t(t.shape().size());
    d.t.dtype = to_dl(t.dtype());
    d.t.device = {kDLCPU, 0};
    d.t.shape = const_cast<int64_t*>(t.shape().data());
    d.t.strides = const_cast<int64_t*>(t.strides().data());
    d.layout = sdk::str("");
    d.bytes = uint64_t(t.numel() * size_of(t.dtype()));
    d.align = 1;
    descs_.push_back(d);
    return &descs_.back();
  }
  void add_attr(const std::string& name, const AttrValue& value) {
    Slot& s = slots_.emplace_back();
    nnr_attr a = {sdk::str(name), 0, 0, 1, nullptr};
    const auto set = [&](uint32_t kind, const void* data, size_t count = 1) {
      a.kind = kind;
      a.data = data;
      a.count = count;
    };
    if (const auto* i = std::get_if<int64_t>(&value)) set(NNR_INT, i);
    if (const auto* d = std::get_if<double>(&value)) set(NNR_FLOAT, d);
    if (const auto* v = std::get_if<Ints>(&value)) set(NNR_INT, v->data(), v->size());
    if (const auto* v = std::get_if<Numbers>(&value)) set(NNR_FLOAT, v->data(), v->size());
    if (const auto* b = std::get_if<bool>(&value)) set(NNR_BOOL, &(s.flag = *b));
    if (const auto* t = std::get_if<std::string>(&value)) set(NNR_STRING, &(s.text = sdk::str(*t)));
    if (const auto* t = std::get_if<DType>(&value)) set(NNR_DTYPE, &(s.dtype = to_dl(*t)));
    attrs_.push_back(a);
  }

  std::string op_;
  AttrMap attr_values_;
  std::vector<Slot> slots_;
  std::vector<nnr_attr> attrs_;
  std::vector<nnr_tdesc> descs_;
  std::vector<const nnr_tdesc*> in_, out_;
};

/// What offer said.
struct Offered {
  std::vector<nnr_offer> ways;                  // in the backend's order
  std::vector<std::vector<nnr_alias>> inplace;  // of each way
  std::string why_not;                          // when there is no way
};

/// A status that came back, with its text.
struct Failed : std::runtime_error {
  nnr_status status;
  Failed(nnr_status s, const std::string& text) : std::runtime_error(text), status(s) {}
};

/// A backend's library, opened. Loaded once per process and never unloaded.
class Library {
 public:
  explicit Library(std::string file) : file_(std::move(file)) {
    void* so = dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (so == nullptr) throw std::runtime_error(dlerror());
    auto* entry = reinterpret_cast<const nnr_plugin* (*)()>(dlsym(so, NNR_ENTRY_NAME));
    if (entry == nullptr) throw std::runtime_error(file_ + " has no " NNR_ENTRY_NAME);
    plugin_ = entry();
    check([&](nnr_err* e) { return plugin_->init(&host(), e); });
    table_ = static_cast<const nnr_backend*>(plugin_->get_iface(NNR_BACKEND_ID));
    if (table_ == nullptr) throw std::runtime_error(file_ + " has no backend");
    check([&](nnr_err* e) { return table_->open(&host(), nullptr, 0, &self_, e); });
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    table_->close(self_);
    plugin_->shutdown();
  }

  const std::string& file() const { return file_; }
  const nnr_plugin& plugin() const { return *plugin_; }
  const nnr_backend& table() const { return *table_; }
  void* self() const { return self_; }

  uint32_t threads = 1;    // how many a run may use
  bool fast_math = false;  // whether approximations are welcome
  bool deterministic = false;

  Offered offer(const std::string& op, const std::vector<std::optional<Tensor>>& in,
                const std::vector<Out>& out, const AttrMap& attrs = {}) const {
    OpCall call(op, in, out, attrs);
    call.desc.threads = threads;
    call.desc.math = fast_math ? NNR_MATH_FAST : NNR_MATH_STRICT;
    call.desc.flags = deterministic ? uint32_t(NNR_D_DETERMINISTIC) : 0;
    return offer(call);
  }

  /// The results of the first way offered, or of the one named. Throws Failed.
  std::vector<Tensor> run(const std::string& op, const std::vector<std::optional<Tensor>>& in,
                          const std::vector<Out>& out, const AttrMap& attrs = {},
                          const std::string& impl = "") const {
    OpCall call(op, in, out, attrs);
    call.desc.threads = threads;
    call.desc.math = fast_math ? NNR_MATH_FAST : NNR_MATH_STRICT;
    call.desc.flags = deterministic ? uint32_t(NNR_D_DETERMINISTIC) : 0;
    const Offered offered = offer(call);
    if (offered.ways.empty()) throw Failed(NNR_E_UNSUPPORTED, offered.why_not);
    size_t way = 0;
    while (!impl.empty() && sdk::to_string(offered.ways.at(way).impl) != impl) ++way;
    const nnr_offer& chosen = offered.ways[way];

    void* kernel = nullptr;
    check([&](nnr_err* e) {
      return table_->kernels->prepare(self_, &call.desc, chosen.impl, &kernel, e);
    });
    const std::unique_ptr<void, decltype(table_->kernels->release)> release(
        kernel, table_->kernels->release);
    const std::vector<Tensor> results = execute(kernel, call, chosen.workspace_bytes, nullptr);
    for (const nnr_alias& pair : offered.inplace[way]) {
      const std::vector<Tensor> again = execute(kernel, call, chosen.workspace_bytes, &pair);
      for (size_t i = 0; i < results.size(); ++i) {
        expect_same_bits(results[i], again[i], op + " in place");
      }
    }
    return results;
  }
  /// The same for an op with one result.
  Tensor run1(const std::string& op, const std::vector<std::optional<Tensor>>& in, const Out& out,
              const AttrMap& attrs = {}) const {
    return run(op, in, {out}, attrs)[0];
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr char kCanary = 0x5a;

  template <class F> static void check(F&& f) {
    char text[1024] = "";
    nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
    if (const nnr_status s = f(&e)) throw Failed(s, text);
  }

  static const nnr_host& host() {
    static const nnr_host h = [] {
      nnr_host x = {};
      x.struct_size = sizeof x;
      x.abi_major = NNR_ABI_MAJOR;
      x.abi_minor = NNR_ABI_MINOR;
      x.version = "test";
      x.plugin_dir = "";
      x.get_iface = [](void*, const char*) noexcept -> const void* { return nullptr; };
      x.log = [](void*, int32_t, const char*, uint64_t) noexcept {};
      x.parallel_for = [](void*, int64_t n, int64_t grain, uint32_t, nnr_task f,
                          void* arg) noexcept {
        for (int64_t b = 0; b < n; b += grain) f(arg, b, std::min(b + grain, n), 0);
      };
      x.cancelled = [](void*) noexcept -> int32_t { return 0; };
      return x;
    }();
    return h;
  }

  Offered offer(const OpCall& call) const {
    Offered r;
    nnr_offer slots[16];
    nnr_offer* at[16];
    for (int i = 0; i < 16; ++i) {
      slots[i] = {};
      slots[i].struct_size = sizeof slots[i];
      at[i] = &slots[i];
    }
    uint32_t n = 0;
    char text[1024] = "";
    nnr_err why = {sizeof(nnr_err), 0, sizeof text, 0, text};
    const nnr_status s = table_->kernels->offer(self_, &call.desc, at, 16, &n, &why);
    if (s != NNR_OK) throw Failed(s, text);
    for (uint32_t i = 0; i < n; ++i) {
      if (slots[i].layout != nullptr) continue;  // tests/plan has those in their layouts
      r.ways.push_back(slots[i]);
      r.inplace.emplace_back(slots[i].inplace, slots[i].inplace + slots[i].n_inplace);
    }
    r.why_not = text;
    return r;
  }

  /// A block of `bytes` between guards.
  struct Guarded {
    std::vector<char> memory;
    char* begin;
    size_t bytes;
    explicit Guarded(size_t n) : memory(n + 3 * kGuard, kCanary), bytes(n) {
      const size_t past = reinterpret_cast<uintptr_t>(memory.data()) % kGuard;
      begin = memory.data() + kGuard + (kGuard - past);
    }
    bool intact() const {
      for (const char* p = memory.data(); p < memory.data() + memory.size(); ++p) {
        if ((p < begin || p >= begin + bytes) && *p != kCanary) return false;
      }
      return true;
    }
  };

  /// Binds fresh buffers, runs, rebinds to others, runs again. inplace: output pair->out lies in a
  /// copy of the input's memory.
  std::vector<Tensor> execute(void* kernel, const OpCall& call, size_t workspace_bytes,
                              const nnr_alias* inplace) const {
    std::vector<std::vector<Tensor>> results(2);
    nnr_launch launch = {};
    const auto unbind = [](nnr_launch* l) {
      if (l->unbind != nullptr) l->unbind(l->ctx);
    };
    const std::unique_ptr<nnr_launch, decltype(unbind)> bound(&launch, unbind);
    std::vector<std::unique_ptr<Guarded>> blocks;
    for (int round = 0; round < 2; ++round) {
      std::vector<std::optional<Tensor>> in;
      for (const auto& t : call.inputs) in.push_back(t ? std::optional(t->clone()) : t);
      std::vector<void*> buffers;
      for (const auto& t : in) buffers.push_back(t ? t->data() : nullptr);
      for (const Tensor& t : call.outputs) {
        blocks.push_back(std::make_unique<Guarded>(size_t(t.numel() * size_of(t.dtype()))));
        buffers.push_back(blocks.back()->begin);
      }
      if (inplace != nullptr) buffers[in.size() + inplace->out] = buffers[inplace->in];
      blocks.push_back(std::make_unique<Guarded>(workspace_bytes));
      void* workspace = blocks.back()->begin;
      check([&](nnr_err* e) {
        return round == 0
                   ? table_->kernels->bind(kernel, buffers.data(), workspace, nullptr, &launch, e)
                   : table_->kernels->rebind(&launch, buffers.data(), workspace, nullptr, e);
      });
      check([&](nnr_err* e) { return launch.run(launch.ctx, e); });
      for (const auto& b : blocks) EXPECT_TRUE(b->intact()) << "written out of bounds";
      for (size_t i = 0; i < in.size(); ++i) {
        if (!in[i] || (inplace != nullptr && inplace->in == i)) continue;
        EXPECT_TRUE(in[i]->memory() == call.inputs[i]->memory()) << "input " << i << " was written";
      }
      for (size_t i = 0; i < call.outputs.size(); ++i) {
        Tensor t(call.outputs[i].dtype(), call.outputs[i].shape());
        const size_t bytes = size_t(t.numel() * size_of(t.dtype()));
        if (bytes != 0) std::memcpy(t.data(), buffers[in.size() + i], bytes);
        results[size_t(round)].push_back(t);
      }
    }
    for (size_t i = 0; i < results[0].size(); ++i) {
      expect_same_bits(results[0][i], results[1][i], "the second run");
    }
    return results[0];
  }

  static void expect_same_bits(const Tensor& a, const Tensor& b, const std::string& what) {
    EXPECT_TRUE(a.memory() == b.memory()) << what << " gives other bits";
  }

  std::string file_;
  const nnr_plugin* plugin_ = nullptr;
  const nnr_backend* table_ = nullptr;
  void* self_ = nullptr;
};

}  // namespace nnrun::test
