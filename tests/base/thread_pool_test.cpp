#include "core/base/thread_pool.h"

#include <gtest/gtest.h>
#include <nnrun/error.h>

#include <set>
#include <thread>
#include <utility>

namespace nnrun {
namespace {

using Chunks = std::set<std::pair<int64_t, int64_t>>;

/// Runs and gives the chunks, each of which must come once.
Chunks chunks(ThreadPool& pool, int64_t n, int64_t grain, int threads) {
  struct State {
    std::mutex mutex;
    Chunks seen;
    std::atomic<uint32_t> slots{0};
  } state;
  pool.run(
      n, grain, threads,
      [](void* arg, int64_t b, int64_t e, uint32_t slot) noexcept {
        auto& s = *static_cast<State*>(arg);
        std::lock_guard lock(s.mutex);
        EXPECT_TRUE(s.seen.emplace(b, e).second);
        s.slots |= 1u << slot;
      },
      &state);
  EXPECT_LT(state.slots.load(), 1u << threads) << "a slot is not below the number of threads";
  return state.seen;
}

TEST(ThreadPool, ChunkBordersDependOnNAndGrainAlone) {
  ThreadPool one(1), four(4);
  for (int64_t n : {0, 1, 7, 64, 1000}) {
    for (int64_t grain : {1, 3, 64, 5000}) {
      const Chunks expected = chunks(one, n, grain, 1);
      for (int threads : {2, 3, 4, 9}) EXPECT_EQ(chunks(four, n, grain, threads), expected);
    }
  }
}

TEST(ThreadPool, CoversEveryElementOnceInManyShortJobs) {
  ThreadPool pool(4);
  std::vector<int> hits(257);
  for (int i = 0; i < 20'000; ++i) {
    pool.run(
        257, 16, 4,
        [](void* arg, int64_t b, int64_t e, uint32_t) noexcept {
          for (; b < e; ++b) ++static_cast<int*>(arg)[b];
        },
        hits.data());
    if (i % 5'000 == 0) pool.park();
  }
  EXPECT_EQ(hits, std::vector<int>(257, 20'000));
}

TEST(ThreadPool, WorkersComputeInTheCallersFloatingPointMode) {
  ThreadPool pool(4);
  const auto subnormals = [&] {
    std::atomic<int> found{0};
    for (int i = 0; i < 200; ++i) {
      pool.run(
          64, 1, 4,
          [](void* arg, int64_t, int64_t, uint32_t) noexcept {
            volatile float tiny = 1e-30f;
            if (tiny * 1e-10f != 0) ++*static_cast<std::atomic<int>*>(arg);
          },
          &found);
    }
    return found.load();
  };
  EXPECT_EQ(subnormals(), 200 * 64);
  {
    const FlushDenormals flush;
    EXPECT_EQ(subnormals(), 0);
  }
  EXPECT_EQ(subnormals(), 200 * 64);
}

TEST(ThreadPool, AThreadBeginsWithTheSameChunksInEveryJobOfOneSize) {
  ThreadPool pool(2);
  struct State {
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<int64_t> first_of_other{-1};
  };
  for (int i = 0; i < 50; ++i) {
    State state;
    pool.run(
        8, 1, 2,
        [](void* arg, int64_t b, int64_t, uint32_t) noexcept {
          auto& s = *static_cast<State*>(arg);
          if (std::this_thread::get_id() != s.caller) {
            int64_t none = -1;
            s.first_of_other.compare_exchange_strong(none, b);
          } else {
            while (s.first_of_other < 0) std::this_thread::yield();
          }
        },
        &state);
    EXPECT_EQ(state.first_of_other, 4);
  }
}

TEST(ThreadPool, NestedCallsRunHereInOrder) {
  ThreadPool pool(4);
  struct State {
    ThreadPool* pool;
    std::atomic<bool> ok{true};
  } state{&pool};
  pool.run(
      8, 1, 4,
      [](void* arg, int64_t, int64_t, uint32_t) noexcept {
        auto& s = *static_cast<State*>(arg);
        std::pair<State*, int64_t> inner{&s, 0};
        s.pool->run(
            100, 10, 4,
            [](void* p, int64_t b, int64_t e, uint32_t slot) noexcept {
              auto& [outer, next] = *static_cast<std::pair<State*, int64_t>*>(p);
              if (b != next || slot != 0) outer->ok = false;
              next = e;
            },
            &inner);
      },
      &state);
  EXPECT_TRUE(state.ok);
}

TEST(ThreadPool, SeveralCallersAtOnceEachGetTheirWorkDone) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        pool.run(
            1000, 100, 3,
            [](void* arg, int64_t b, int64_t e, uint32_t) noexcept {
              *static_cast<std::atomic<int64_t>*>(arg) += e - b;
            },
            &sum);
      }
    });
  }
  for (std::thread& t : callers) t.join();
  EXPECT_EQ(sum, 4 * 500 * 1000);
}

TEST(ThreadPool, WorksAloneOnceItIsStopped) {
  ThreadPool pool(4);
  pool.stop();
  EXPECT_EQ(pool.threads(), 1);
  EXPECT_EQ(chunks(pool, 10, 3, 4).size(), 4u);
}

TEST(ThreadPool, OfTheProcessHasOneSize) {
  const int size = thread_pool().threads();
  EXPECT_NO_THROW(set_threads(size));
  EXPECT_THROW(set_threads(size + 1), Error);
}

}  // namespace
}  // namespace nnrun
