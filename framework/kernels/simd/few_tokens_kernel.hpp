// Internal: a matrix product of a few tokens, which takes as long as W takes to be read. W's rows
// are never packed: square blocks of them are turned in the first-level cache as they come from
// memory, so that one vector holds a column of several rows. Each output is summed in the order of
// multiply_panel, with the same bits.
#pragma once

#include "kernels/simd/product_kernel.hpp"
#include "kernels/simd/product_task.hpp"

namespace trainbus::kernels {

template <class S, int tokens, bool bfloat16>
struct FewTokens {
  using F = typename S::F;
  static constexpr int vectors = S::product_vectors, width = S::width;
  static constexpr int in_word = bfloat16 ? 2 : 1;  // numbers of a row in 32 bits

  const FewTokensTask& task;
  F sum[tokens][vectors];

  void run() {
    for (int m = 0; m < tokens; ++m)
      for (int v = 0; v < vectors; ++v)
        sum[m][v] = S::load(task.start + m * task.start_stride + v * width);
    std::int64_t k = 0;
    for (; k + width * in_word <= task.depth; k += width * in_word) add_block(k);
    for (; k < task.depth; ++k) add_column(k);
    for (int m = 0; m < tokens; ++m)
      for (int v = 0; v < vectors; ++v)
        S::store(task.y + m * task.y_stride + v * width,
                 task.bias ? sum[m][v] + S::load(task.bias + v * width) : sum[m][v]);
  }

 private:
  // Words of a row, as if they were floats.
  const float* row(int r) const {
    return static_cast<const float*>(task.rows) + r * (task.depth / in_word);
  }

  void add_block(std::int64_t k) {
    alignas(64) float block[vectors][width * width];
    const std::int64_t word = k / in_word;
    for (int v = 0; v < vectors; ++v) {
      for (int r = 0; r < width; ++r)
        __builtin_prefetch(task.upcoming + 4 * ((v * width + r) * (task.depth / in_word) + word), 0,
                           2);
      S::transpose([&](int r) { return S::load(row(v * width + r) + word); }, block[v], width);
    }
    // Copies, which the compiler keeps in registers.
    F sums[tokens][vectors];
    copy(sum, sums);
#pragma GCC unroll 2
    for (int c = 0; c < width; ++c) {
      F words[vectors];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) words[v] = S::load(block[v] + c * width);
      if constexpr (bfloat16) {
        F even[vectors], odd[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
          const typename S::I pair = S::bits(words[v]);
          even[v] = S::from_bits(S::template shift_left<16>(pair));
          odd[v] = S::from_bits(S::template shift_left<16>(S::template shift_right<16>(pair)));
        }
        multiply(k + 2 * c, even, sums);
        multiply(k + 2 * c + 1, odd, sums);
      } else {
        multiply(k + c, words, sums);
      }
    }
    copy(sums, sum);
  }

  // One column of all rows, where there are not enough for a block.
  void add_column(std::int64_t k) {
    alignas(64) float numbers[vectors * width];
    for (int r = 0; r < vectors * width; ++r)
      if constexpr (bfloat16) {
        const auto* half = static_cast<const std::uint16_t*>(task.rows) + r * task.depth;
        const std::uint32_t pattern = std::uint32_t{half[k]} << 16;
        __builtin_memcpy(&numbers[r], &pattern, sizeof pattern);
      } else {
        numbers[r] = row(r)[k];
      }
    F column[vectors];
    for (int v = 0; v < vectors; ++v) column[v] = S::load(numbers + v * width);
    multiply(k, column, sum);
  }

  [[gnu::always_inline]] void multiply(std::int64_t k, const F* column,
                                       F (&sums)[tokens][vectors]) {
#pragma GCC unroll 8
    for (int m = 0; m < tokens; ++m) {
      const F x = S::set(task.x[m * task.x_stride + k]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[m][v] = S::mul_add(x, column[v], sums[m][v]);
    }
  }

  [[gnu::always_inline]] static void copy(const F (&from)[tokens][vectors],
                                          F (&to)[tokens][vectors]) {
#pragma GCC unroll 8
    for (int m = 0; m < tokens; ++m)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) to[m][v] = from[m][v];
  }
};

template <class S, int tokens>
void multiply_tokens(const FewTokensTask& task) {
  if constexpr (tokens > 0) {
    if (task.tokens < tokens) return multiply_tokens<S, tokens - 1>(task);
    task.bfloat16 ? FewTokens<S, tokens, true>{task, {}}.run()
                  : FewTokens<S, tokens, false>{task, {}}.run();
  }
}

template <class S>
void multiply_few_tokens(const FewTokensTask& task) {
  if constexpr (S::width > 1) multiply_tokens<S, most_few_tokens>(task);
}

}  // namespace trainbus::kernels
