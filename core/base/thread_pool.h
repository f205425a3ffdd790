// The threads that kernels run on: one pool per process, shared by every backend and plug-in, so
// that libraries do not compete for cores.
//
// Work is cut into chunks whose borders depend on n and grain alone. Each thread has a share of
// them, side by side and the same in every job of that size, so that it finds what it wrote in its
// own cache; one that is done takes from the shares of others. The caller works too. Between jobs
// workers spin for some 30 microseconds, so that the next job of a step finds them awake, and then
// sleep.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/fp_mode.h"

namespace nnrun {

class ThreadPool {
 public:
  /// Called for one chunk; slot < the number of threads, and no two chunks run in one slot at once.
  using Task = void (*)(void* arg, int64_t begin, int64_t end, uint32_t slot) noexcept;

  /// `threads` counts the caller, so threads - 1 workers start. Signals are blocked in workers.
  explicit ThreadPool(int threads);
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return int(workers_.size()) + 1; }

  /// fn over [0, n) in chunks of `grain` on at most max_threads threads; returns when all is done.
  /// From any thread, in whose floating-point mode the workers compute, too. Inside a task, or
  /// while another thread's job has the pool, the caller runs every chunk itself, in order.
  void run(int64_t n, int64_t grain, int max_threads, Task fn, void* arg) noexcept;

  /// Idle workers stop spinning now: for kernels that bring threads of their own. The next run()
  /// wakes them.
  void park() noexcept { parked_.store(true, std::memory_order_relaxed); }

  /// Joins the workers; run() works alone from then on. No run() may be under way.
  void stop();

 private:
  struct Job {
    Task fn = nullptr;
    void* arg = nullptr;
    int64_t n = 0, grain = 1, chunks = 0;
    int64_t shares = 1;  // one for each thread that is wanted
    FpMode mode = 0;     // of the caller
    int64_t first(int64_t share) const {
      return chunks / shares * share + std::min(share, chunks % shares);
    }
  };
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};  // chunk
  };
  void work(int index);
  bool join_job(uint32_t* slot) noexcept;
  void leave_job() noexcept;
  static void run_chunk(const Job& job, int64_t chunk, uint32_t slot) noexcept;
  void run_chunks(uint32_t slot, int64_t share) noexcept;
  void wake(uint32_t workers) noexcept;
  void wait_for_helpers() noexcept;

  std::mutex job_mutex_;  // held by the thread whose job it is
  Job job_;               // written only while the gate is closed and nobody is inside
  std::vector<Share> shares_;
  std::atomic<uint64_t> gate_{0};   // who may join the job, and who is inside: see the .cpp
  std::atomic<uint32_t> epoch_{0};  // jobs so far: what idle workers watch
  std::atomic<bool> parked_{false};

  std::mutex sleep_mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint32_t> sleeping_{0};
  std::atomic<bool> caller_sleeps_{false}, stop_{false};
  std::vector<std::thread> workers_;
};

/// The number of CPUs this process may run on.
int available_cpus();

/// Sets the size of the process's pool; 0: available_cpus(). Throws Error(usage) when the pool runs
/// already with another size.
void set_threads(int threads);

/// The process's pool, started at first use. It is never destroyed, so nothing depends on the order
/// of static destructors; stop_threads() joins its workers before exit, after which jobs run
/// serially.
ThreadPool& thread_pool();
void stop_threads();

}  // namespace nnrun
