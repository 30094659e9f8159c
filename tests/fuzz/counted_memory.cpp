#include "fuzz/counted_memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "support/sanitized.hpp"

// The sanitizers have their own, and check how they are used: then nothing is counted.
#if TRAINBUS_IS_SANITIZED

std::size_t trainbus::fuzz::take_peak_bytes() { return 0; }

#else

namespace {

std::atomic<std::size_t> in_use = 0, most = 0, before = 0;

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = in_use += ::malloc_usable_size(memory);
  most = std::max(most.load(), now);
  return memory;
}

void release(void* memory) {
  in_use -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

std::size_t trainbus::fuzz::take_peak_bytes() {
  const std::size_t now = in_use;
  const std::size_t peak = std::max(most.exchange(now), now);
  return peak - std::min(peak, before.exchange(now));
}

// The forms for arrays and without exceptions call these.
void* operator new(std::size_t size) {
  return counted(std::malloc(std::max<std::size_t>(size, 1)));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (std::max(size, unit) + unit - 1) / unit * unit));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

#endif
