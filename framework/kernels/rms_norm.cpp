#include "kernels/rms_norm.hpp"

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {

void rms_norm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t width,
              float* y) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, rows, rows_per_piece(width), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n)
      table.rms_norm_row(x + n * width, weight, eps, width, y + n * width);
  });
}

}  // namespace trainbus::kernels
