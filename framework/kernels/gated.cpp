#include "kernels/gated.hpp"

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {
namespace {

using Row = void (*)(const float*, const float*, std::int64_t, float*);

void map(Row row, const float* x, std::int64_t rows, std::int64_t width, float* y) {
  parallel_pieces(0, rows, rows_per_piece(width), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n)
      row(x + 2 * n * width, x + (2 * n + 1) * width, width, y + n * width);
  });
}

}  // namespace

void swiglu(const float* x, std::int64_t rows, std::int64_t width, float* y) {
  map(kernel_table().swiglu_row, x, rows, width, y);
}

void geglu(const float* x, std::int64_t rows, std::int64_t width, float* y) {
  map(kernel_table().geglu_row, x, rows, width, y);
}

void geglu_tanh(const float* x, std::int64_t rows, std::int64_t width, float* y) {
  map(kernel_table().geglu_tanh_row, x, rows, width, y);
}

}  // namespace trainbus::kernels
