#include "models/weights/huge_memory.hpp"

#include <ATen/ops/from_blob.h>
#include <sys/mman.h>

#include <cstddef>
#include <string>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::size_t huge_page = 2u << 20;

}  // namespace

at::Tensor huge_zeros(std::int64_t floats) {
  const std::size_t bytes =
      (static_cast<std::size_t>(floats) * sizeof(float) + huge_page - 1) / huge_page * huge_page;
  // One page more, so that an aligned block lies inside; what is never touched costs nothing.
  const std::size_t reserved = bytes + huge_page;
  void* memory =
      ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw RunError("cannot reserve " + std::to_string(bytes >> 20) + " MiB of memory", "",
                   "Free some memory or take a smaller model.");
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  auto* aligned = reinterpret_cast<float*>((address + huge_page - 1) / huge_page * huge_page);
  ::madvise(aligned, bytes, MADV_HUGEPAGE);
  return at::from_blob(
      aligned, {floats}, [memory, reserved](void*) { ::munmap(memory, reserved); },
      at::TensorOptions().dtype(at::kFloat));
}

}  // namespace trainbus
