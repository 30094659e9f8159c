// A block's threads as fibers, each run until it waits or ends.
#include <ucontext.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "cuda_runtime.h"

namespace trainbus::fibers {
namespace {

constexpr unsigned warp_size = 32;
constexpr std::size_t stack_bytes = 256 << 10;

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack{new char[stack_bytes]};
  uint3 index;
  bool ended = false;
};

struct Barrier {
  unsigned alive = 0, arrived = 0, generation = 0;
};

struct Block {
  ucontext_t outside;
  std::vector<Fiber> fibers;
  std::vector<Barrier> warps;
  Barrier all;
  std::vector<std::uint32_t> places;
  std::size_t current = 0;
  const std::function<void()>* body = nullptr;

  Barrier& warp() { return warps[current / warp_size]; }
  void leave() { swapcontext(&fibers[current].context, &outside); }
  // The last fiber to arrive releases all; so does one that finds the others ended.
  void wait(Barrier& barrier) {
    const unsigned mine = barrier.generation;
    ++barrier.arrived;
    while (barrier.generation == mine) {
      if (barrier.arrived >= barrier.alive) {
        barrier.arrived = 0;
        ++barrier.generation;
      } else {
        leave();
      }
    }
  }
};
Block block;

void begin_fiber() {
  (*block.body)();
  Fiber& fiber = block.fibers[block.current];
  fiber.ended = true;
  --block.warp().alive;
  --block.all.alive;
  block.leave();  // for good
}

void prepare(dim3 size) {
  const std::size_t count = std::size_t{size.x} * size.y * size.z;
  if (block.fibers.size() < count) block.fibers.resize(count);
  block.warps.assign((count + warp_size - 1) / warp_size, {});
  block.all = {static_cast<unsigned>(count), 0, 0};
  block.places.assign(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    Fiber& fiber = block.fibers[i];
    const auto number = static_cast<unsigned>(i);
    fiber.index = {number % size.x, number / size.x % size.y, number / size.x / size.y};
    fiber.ended = false;
    ++block.warps[i / warp_size].alive;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_bytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, begin_fiber, 0);
  }
}

void run_block(dim3 size, const std::function<void()>& body) {
  prepare(size);
  block.body = &body;
  const std::size_t count = block.places.size();
  while (block.all.alive > 0)
    for (std::size_t i = 0; i < count; ++i) {
      if (block.fibers[i].ended) continue;
      block.current = i;
      threadIdx = block.fibers[i].index;
      swapcontext(&block.outside, &block.fibers[i].context);
    }
}

}  // namespace

void run(dim3 grid, dim3 size, const std::function<void()>& body) {
  gridDim = grid;
  blockDim = size;
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) run_block(size, body);
}

void synchronize_block() { block.wait(block.all); }
void synchronize_warp() { block.wait(block.warp()); }
std::uint32_t& place_of(unsigned thread) { return block.places[thread]; }

}  // namespace trainbus::fibers
