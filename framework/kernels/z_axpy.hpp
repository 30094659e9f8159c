// Internal: out = fma(scale, z, keep·θ) over a part of a tensor, z made on the way and never
// stored.
#pragma once

#include <cstdint>

#include "kernels/kernel_table.hpp"
#include "kernels/z_generator.hpp"

namespace trainbus::kernels {

// 64 elements from number `first` on, by one word of signs.
template <class S, int first = 0>
void add_word(typename S::F keep, typename S::F scale, const float* theta, float* out,
              std::uint64_t signs) {
  S::store(out + first,
           keep * S::load(theta + first) + S::template with_signs<first>(scale, signs));
  if constexpr (first + S::width < 64)
    add_word<S, first + S::width>(keep, scale, theta, out, signs);
}

template <class S>
void add_signs(const ZAxpy& a, const float* theta, float* out, int count,
               const std::uint64_t* signs) {
  const auto keep = S::set(a.keep), scale = S::set(a.scale);
  int i = 0;
  for (; i + 64 <= count; i += 64) add_word<S>(keep, scale, theta + i, out + i, signs[i / 64]);
  for (; i < count; ++i) {
    const bool minus = signs[i / 64] >> (i % 64) & 1;
    out[i] = a.keep * theta[i] + (minus ? -a.scale : a.scale);
  }
}

template <class S>
void add_normals(const ZAxpy& a, const float* theta, float* out, int count, const float* z) {
  const auto keep = S::set(a.keep), scale = S::set(a.scale);
  int i = 0;
  for (; i + S::width <= count; i += S::width)
    S::store(out + i, S::fma(scale, S::load(z + i), keep * S::load(theta + i)));
  for (; i < count; ++i) out[i] = __builtin_fmaf(a.scale, z[i], a.keep * theta[i]);
}

template <class S>
void sign_rows(const ZSource& z, const ZAxpy& a, const float* theta, float* out,
               std::int64_t columns, std::int64_t row_begin, std::int64_t row_end) {
  alignas(64) std::uint64_t signs[sign_words];
  for (std::int64_t row = row_begin, next; row < row_end; row = next) {
    next = (row / tile_rows + 1) * tile_rows;
    if (next > row_end) next = row_end;
    for (std::int64_t column = 0; column < columns; column += tile_columns) {
      ZGenerator<S>::sign_tile(z, static_cast<std::uint32_t>(row / tile_rows),
                               static_cast<std::uint32_t>(column / tile_columns), signs);
      const std::int64_t left = columns - column;
      const int width = left < tile_columns ? static_cast<int>(left) : tile_columns;
      for (std::int64_t r = row; r < next; ++r) {
        const std::int64_t at = (r - row_begin) * columns + column;
        add_signs<S>(a, theta + at, out + at, width, signs + words_per_row * (r % tile_rows));
      }
    }
  }
}

// begin: a multiple of signs_per_run.
template <class S>
void sign_range(const ZSource& z, const ZAxpy& a, const float* theta, float* out,
                std::uint64_t begin, std::uint64_t end) {
  alignas(64) std::uint64_t signs[sign_words];
  for (std::uint64_t i = begin; i < end; i += signs_per_run) {
    ZGenerator<S>::sign_run(z, static_cast<std::uint32_t>(i / 128), signs);
    const std::uint64_t left = end - i;
    const int count = left < signs_per_run ? static_cast<int>(left) : signs_per_run;
    add_signs<S>(a, theta + (i - begin), out + (i - begin), count, signs);
  }
}

template <class S>
void normal_range(const ZSource& z, const ZAxpy& a, const float* theta, float* out,
                  std::uint64_t begin, std::uint64_t end) {
  alignas(64) float normals[normals_per_run];
  for (std::uint64_t i = begin, next; i < end; i = next) {
    const std::uint64_t run = i / normals_per_run * normals_per_run;
    next = run + normals_per_run < end ? run + normals_per_run : end;
    ZGenerator<S>::normal_run(z, run / 4, normals);
    add_normals<S>(a, theta + (i - begin), out + (i - begin), static_cast<int>(next - i),
                   normals + (i - run));
  }
}

}  // namespace trainbus::kernels
