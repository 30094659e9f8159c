#include "kernels/swiglu.hpp"

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {

void swiglu(const float* x, std::int64_t rows, std::int64_t width, float* y) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, rows, rows_per_piece(width), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n)
      table.swiglu_row(x + 2 * n * width, x + (2 * n + 1) * width, width, y + n * width);
  });
}

}  // namespace trainbus::kernels
