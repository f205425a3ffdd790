#include "core/base/thread_pool.h"

#include <nnrun/error.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

namespace nnrun {
namespace {

// The gate: whether workers may join the job, how many slots are left for them, how many are
// inside. A job is replaced only while the gate is closed and nobody is inside.
constexpr uint64_t kOpen = uint64_t{1} << 63;
constexpr uint64_t kSlot = uint64_t{1} << 32;
constexpr uint64_t kInside = 1;
uint64_t slots_left(uint64_t gate) { return (gate & ~kOpen) / kSlot; }
uint64_t inside(uint64_t gate) { return gate % kSlot; }

constexpr auto kSpin = std::chrono::microseconds(30);

thread_local bool inside_task = false;

void cpu_relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until ready() or the time is over; true when ready.
template <class F> bool spin_until(F&& ready) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      cpu_relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int threads) : shares_(size_t(std::max(threads, 1))) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    // A limit on threads: fewer of them do the same work.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ThreadPool::stop() {
  {
    std::lock_guard lock(sleep_mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& t : workers_) t.join();
  workers_.clear();
}

void ThreadPool::run(int64_t n, int64_t grain, int max_threads, Task fn, void* arg) noexcept {
  if (n <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  Job job = {fn, arg, n, grain, (n - 1) / grain + 1};
  const int64_t helpers =
      std::min({int64_t{max_threads} - 1, job.chunks - 1, int64_t(workers_.size())});
  std::unique_lock lock(job_mutex_, std::defer_lock);
  if (helpers <= 0 || inside_task || !lock.try_lock()) {
    const bool nested = std::exchange(inside_task, true);
    for (int64_t c = 0; c < job.chunks; ++c) run_chunk(job, c, 0);
    inside_task = nested;
    return;
  }
  job.shares = helpers + 1;
  job.mode = fp_mode();
  job_ = job;
  for (int64_t i = 0; i < job.shares; ++i) {
    shares_[size_t(i)].next.store(job.first(i), std::memory_order_relaxed);
  }
  parked_.store(false, std::memory_order_relaxed);
  gate_.store(kOpen + uint64_t(helpers) * kSlot);
  epoch_.fetch_add(1);
  wake(uint32_t(helpers));
  run_chunks(0, 0);
  gate_.fetch_and(~kOpen);
  wait_for_helpers();
}

void ThreadPool::run_chunk(const Job& job, int64_t chunk, uint32_t slot) noexcept {
  const int64_t begin = chunk * job.grain;
  job.fn(job.arg, begin, chunk + 1 == job.chunks ? job.n : begin + job.grain, slot);
}

void ThreadPool::run_chunks(uint32_t slot, int64_t share) noexcept {
  inside_task = true;
  for (int64_t i = 0; i < job_.shares; ++i, ++share) {
    share %= job_.shares;
    std::atomic<int64_t>& next = shares_[size_t(share)].next;
    const int64_t end = job_.first(share + 1);
    for (;;) {
      if (next.load(std::memory_order_relaxed) >= end) break;
      const int64_t c = next.fetch_add(1, std::memory_order_relaxed);
      if (c >= end) break;
      run_chunk(job_, c, slot);
    }
  }
  inside_task = false;
}

bool ThreadPool::join_job(uint32_t* slot) noexcept {
  // The gate alone is read before joining; job_ may be replaced until then. When the gate looks the
  // same for a later job, it is that job which is joined.
  uint64_t gate = gate_.load();
  do {
    if (!(gate & kOpen) || slots_left(gate) == 0) return false;
  } while (!gate_.compare_exchange_weak(gate, gate - kSlot + kInside));
  *slot = uint32_t(slots_left(gate));
  return true;
}

void ThreadPool::leave_job() noexcept {
  const uint64_t before = gate_.fetch_sub(kInside);
  if (inside(before) == 1 && caller_sleeps_.load()) {
    std::lock_guard lock(sleep_mutex_);
    done_.notify_one();
  }
}

void ThreadPool::wake(uint32_t workers) noexcept {
  const uint32_t asleep = sleeping_.load();
  if (asleep == 0) return;
  {
    std::lock_guard lock(sleep_mutex_);
  }  // one that is about to sleep has seen the epoch, or waits
  for (uint32_t i = 0; i < std::min(asleep, workers); ++i) wake_.notify_one();
}

void ThreadPool::wait_for_helpers() noexcept {
  auto empty = [this] { return inside(gate_.load()) == 0; };
  if (spin_until(empty)) return;
  std::unique_lock lock(sleep_mutex_);
  caller_sleeps_ = true;
  done_.wait(lock, empty);
  caller_sleeps_ = false;
}

void ThreadPool::work(int index) {
  pthread_setname_np(pthread_self(), ("nnrun-pool-" + std::to_string(index)).c_str());
  uint32_t seen = 0;
  FpMode mode = fp_mode();
  for (;;) {
    auto news = [&] { return epoch_.load() != seen || stop_.load(); };
    const bool awake =
        spin_until([&] { return news() || parked_.load(std::memory_order_relaxed); });
    if (!awake || !news()) {
      std::unique_lock lock(sleep_mutex_);
      ++sleeping_;
      wake_.wait(lock, news);
      --sleeping_;
    }
    if (stop_) return;
    seen = epoch_.load();
    uint32_t slot;
    if (!join_job(&slot)) continue;
    if (job_.mode != mode) set_fp_mode(mode = job_.mode);
    run_chunks(slot, index);
    leave_job();
  }
}

int available_cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return std::max(int(std::thread::hardware_concurrency()), 1);
}

namespace {

struct Global {
  std::mutex mutex;
  int size = 0;  // 0: as many as CPUs
  std::atomic<ThreadPool*> pool{nullptr};
};
Global& global() {
  static Global* g = new Global;
  return *g;
}

}  // namespace

void set_threads(int threads) {
  Global& g = global();
  std::lock_guard lock(g.mutex);
  const int size = threads > 0 ? threads : available_cpus();
  if (g.pool != nullptr && size != g.size) {
    throw Error(Code::usage, "the thread pool runs with " + std::to_string(g.size) +
                                 " threads already; it cannot change to " + std::to_string(size));
  }
  g.size = size;
}

ThreadPool& thread_pool() {
  Global& g = global();
  if (ThreadPool* p = g.pool.load(std::memory_order_acquire)) return *p;
  std::lock_guard lock(g.mutex);
  if (g.pool == nullptr) {
    if (g.size == 0) g.size = available_cpus();
    g.pool.store(new ThreadPool(g.size), std::memory_order_release);
  }
  return *g.pool;
}

void stop_threads() {
  if (ThreadPool* p = global().pool.load()) p->stop();
}

}  // namespace nnrun
