#include "kernels/bench_memory.hpp"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace trainbus::kernels::bench {
namespace {

constexpr std::int64_t rows_per_slice = 96;
constexpr std::size_t scratch_floats = std::size_t{1536} * 576;

std::vector<Shape> smollm2_shapes() {
  std::vector<Shape> shapes{Shape::matrix(49152, 576)};
  for (int layer = 0; layer < 30; ++layer) {
    for (const std::int64_t rows : {576, 192, 192, 576, 1536, 1536})
      shapes.push_back(Shape::matrix(rows, 576));
    shapes.push_back(Shape::matrix(576, 1536));
    for (int norm = 0; norm < 2; ++norm) shapes.push_back(Shape::vector(576));
  }
  shapes.push_back(Shape::vector(576));
  return shapes;
}

void* huge_pages(std::size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("kernels_bench: memory for the parameters");
    std::exit(1);
  }
  madvise(p, bytes, MADV_HUGEPAGE);
  return p;
}

}  // namespace

Memory::Memory() {
  for (const Shape& shape : smollm2_shapes()) {
    if (!shape.is_vector())
      for (std::int64_t row = 0; row < shape.rows(); row += rows_per_slice)
        slices_.push_back({tensors_.size(), row, std::min(shape.rows(), row + rows_per_slice)});
    tensors_.push_back({shape, count_});
    count_ += shape.elements();
  }
  const auto n = static_cast<std::size_t>(count_);
  float32_ = static_cast<float*>(huge_pages(n * 4));
  residuals_ = static_cast<std::int8_t*>(huge_pages(n));
  // 0.5 in bfloat16 and in float32 but for the last bits; 1.75 in float16.
  std::fill_n(reinterpret_cast<std::uint16_t*>(float32_), 2 * n, std::uint16_t{0x3f00});
  std::fill_n(residuals_, n, std::int8_t{0});
  scratch_.resize(2 * static_cast<std::size_t>(omp_get_max_threads()));
  for (auto& s : scratch_) s.resize(scratch_floats);
}

Stored Memory::all(Format format) { return {format, float32_, residuals_}; }

Stored Memory::tensor(Format format, std::size_t number) {
  return advanced(all(format), tensors_[number].offset);
}

float* Memory::scratch(int side) {
  return scratch_[static_cast<std::size_t>(2 * omp_get_thread_num() + side)].data();
}

}  // namespace trainbus::kernels::bench
