#include "kernels/rms_norm.hpp"

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {

void rms_norm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t width,
              float* y, float offset) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, rows, rows_per_piece(width), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n)
      table.rms_norm_row(x + n * width, weight, offset, eps, width, y + n * width);
  });
}

void rms_norm_heads(float* x, std::int64_t tokens, std::int64_t stride, std::int64_t heads,
                    std::int64_t width, const float* weight, float eps, float offset) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, tokens, rows_per_piece(heads * width),
                  [&](std::int64_t from, std::int64_t to) {
                    for (std::int64_t n = from; n < to; ++n)
                      for (std::int64_t h = 0; h < heads; ++h) {
                        float* const head = x + n * stride + h * width;
                        table.rms_norm_row(head, weight, offset, eps, width, head);
                      }
                  });
}

}  // namespace trainbus::kernels
