#include "tests/cuda/emulated/threads.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <vector>

namespace nnrun::emulated {
namespace {

constexpr size_t kStack = size_t{64} << 10;

struct Fiber {
  ucontext_t context;
  bool done;
};
std::vector<Fiber> fibers;
ucontext_t scheduler;
size_t current;
const std::function<void()>* work;
char* stacks;

void enter() {
  (*work)();
  fibers[current].done = true;
}
void barrier() { swapcontext(&fibers[current].context, &scheduler); }

void run_block(Threads& at, unsigned threads) {
  if (stacks == nullptr) {
    stacks = static_cast<char*>(mmap(nullptr, kStack * 1024, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  }
  fibers.resize(threads);
  for (size_t t = 0; t < threads; ++t) {
    Fiber& f = fibers[t];
    f.done = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = stacks + t * kStack;
    f.context.uc_stack.ss_size = kStack;
    f.context.uc_link = &scheduler;
    makecontext(&f.context, enter, 0);
  }
  bool alive = true;
  for (unsigned pass = 0; alive; ++pass) {
    alive = false;
    for (unsigned k = 0; k < threads; ++k) {
      current = pass % 2 == 0 ? k : threads - 1 - k;
      if (fibers[current].done) continue;
      at.thread = {unsigned(current), 0, 0};
      swapcontext(&scheduler, &fibers[current].context);
      alive = alive || !fibers[current].done;
    }
  }
}

}  // namespace

void run_blocks(Threads& at, unsigned blocks, unsigned threads, bool waits,
                const std::function<void()>& body) {
  at.grid = {blocks, 1, 1};
  at.block_size = {threads, 1, 1};
  at.barrier = barrier;
  work = &body;
  for (unsigned b = 0; b < blocks; ++b) {
    at.block = {b, 0, 0};
    if (waits) {
      run_block(at, threads);
      continue;
    }
    for (unsigned t = 0; t < threads; ++t) {
      at.thread = {t, 0, 0};
      body();
    }
  }
}

}  // namespace nnrun::emulated
