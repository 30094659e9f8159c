#include "kernels/activations.hpp"

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {
namespace {

using Range = void (*)(const float*, std::int64_t, float*);

void map(Range range, const float* x, std::int64_t count, float* y) {
  parallel_pieces(0, count, rows_per_piece(1), [&](std::int64_t from, std::int64_t to) {
    range(x + from, to - from, y + from);
  });
}

}  // namespace

void gelu(const float* x, std::int64_t count, float* y) { map(kernel_table().gelu, x, count, y); }

void gelu_tanh(const float* x, std::int64_t count, float* y) {
  map(kernel_table().gelu_tanh, x, count, y);
}

void relu(const float* x, std::int64_t count, float* y) { map(kernel_table().relu, x, count, y); }

void silu(const float* x, std::int64_t count, float* y) { map(kernel_table().silu, x, count, y); }

void softcap(const float* x, std::int64_t count, float cap, float* y) {
  const auto range = kernel_table().softcap;
  parallel_pieces(0, count, rows_per_piece(1), [&](std::int64_t from, std::int64_t to) {
    range(x + from, to - from, cap, y + from);
  });
}

}  // namespace trainbus::kernels
