// Internal: the inner loops of a matrix product, Y = X Wᵀ, in the manner of "Anatomy of
// High-Performance Matrix Multiplication" (Goto, van de Geijn 2008): W is packed into panels, rows
// of W side by side so that one vector holds a column of several, and a register tile of
// `product_rows` tokens by `product_vectors` vectors runs down the panel. X is read as it lies.
#pragma once

#include "kernels/simd/product_task.hpp"
#include "kernels/simd/share_runs.hpp"

namespace trainbus::kernels {

inline constexpr int cache_line = 64;

template <class S>
inline constexpr int panel_width = S::product_vectors* S::width;

// panel[k][r] = rows[r][k] for r < count; zeros for the others. rows [count, depth] contiguous.
template <class S>
void pack_panel(const float* rows, std::int64_t count, std::int64_t depth, float* panel) {
  constexpr int width = panel_width<S>, block = S::width;
  for (std::int64_t r = 0; r < width; r += block) {
    std::int64_t k = 0;
    if (r + block <= count)
      for (; k + block <= depth; k += block)
        S::transpose([&](int i) { return S::load(rows + (r + i) * depth + k); },
                     panel + k * width + r, width);
    for (; k < depth; ++k)
      for (std::int64_t i = r; i < r + block; ++i)
        panel[k * width + i] = i < count ? rows[i * depth + k] : 0.0f;
  }
}

template <class S, bool shared>
void pack_all_or_shared(const ZTerm& term, const float* theta, std::int64_t row,
                        std::int64_t columns, float* plus, float* minus) {
  constexpr int width = panel_width<S>, block = S::width;
  static_assert(width % tile_rows == 0);
  alignas(64) std::uint64_t signs[sign_words];
  for (int r = 0; r < width; r += tile_rows) {
    TileShares<S> shares;
    if constexpr (shared) shares.begin(term.share, row + r);
    for (std::int64_t column = 0; column < columns; column += tile_columns) {
      ZGenerator<S>::sign_tile(term.source, static_cast<std::uint32_t>((row + r) / tile_rows),
                               static_cast<std::uint32_t>(column / tile_columns), signs);
      if constexpr (shared) shares.next();
      const std::int64_t left = columns - column < tile_columns ? columns - column : tile_columns;
      for (int q = 0; q < tile_rows; q += block)
        for (std::int64_t k = 0; k < left; k += block) {
          const auto pack = [&](float signed_scale, float* panel) {
            const auto step = S::set(signed_scale);
            S::transpose(
                [&](int i) {
                  const std::int64_t word = words_per_row * (q + i) + k / 64;
                  const auto x = S::load(theta + (r + q + i) * columns + column + k);
                  const auto y = x + S::template with_signs<0>(step, signs[word] >> (k % 64));
                  if constexpr (shared)
                    return S::template select_bits<0>(shares.bits(q + i, k), y, x);
                  else
                    return y;
                },
                panel + (column + k) * width + r + q, width);
          };
          pack(term.scale, plus);
          if (minus) pack(-term.scale, minus);
        }
    }
  }
}

// The panel of θ + scale·z, z Rademacher, for panel_width rows from `row` on, a multiple of 16, and
// that of θ − scale·z unless minus is null. theta: those rows, [panel_width, columns], columns a
// multiple of S::width.
template <class S>
void pack_sign_panel(const ZTerm& term, const float* theta, std::int64_t row, std::int64_t columns,
                     float* plus, float* minus) {
  const bool shared = term.share.period > 1;
  (shared ? pack_all_or_shared<S, true> : pack_all_or_shared<S, false>)(term, theta, row, columns,
                                                                        plus, minus);
}

template <class S, int rows>
[[gnu::always_inline]] inline void multiply_tile(const PanelTask& t, const float* x,
                                                 const float* start, float* y) {
  constexpr int vectors = S::product_vectors, width = S::width;
  typename S::F sum[rows][vectors];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sum[i][v] = S::load(start + i * t.start_stride + v * width);

  const float* w = t.panel;
#pragma GCC unroll 4
  for (std::int64_t k = 0; k < t.depth; ++k, w += vectors * width) {
    typename S::F column[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) column[v] = S::load(w + v * width);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const typename S::F a = S::set(x[i * t.x_stride + k]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[i][v] = S::mul_add(a, column[v], sum[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      const auto value = t.bias ? sum[i][v] + S::load(t.bias + v * width) : sum[i][v];
      S::store(y + i * t.y_stride + v * width, value);
    }
}

// The tokens that are left when full tiles are done: 1 to product_rows - 1.
template <class S, int rows>
void multiply_rest(const PanelTask& t, std::int64_t left, const float* x, const float* start,
                   float* y) {
  if constexpr (rows > 0) {
    if (left == rows) return multiply_tile<S, rows>(t, x, start, y);
    multiply_rest<S, rows - 1>(t, left, x, start, y);
  }
}

template <class S>
void multiply_full_panel(const PanelTask& t) {
  constexpr int rows = S::product_rows;
  const float* x = t.x;
  const float* start = t.start;
  float* y = t.y;
  std::int64_t left = t.tokens;
  const std::int64_t tiles = t.tokens / rows;
  const std::int64_t lines = tiles > 0 ? (t.upcoming_lines + tiles - 1) / tiles : 0;
  const char* upcoming = t.upcoming;
  for (; left >= rows; left -= rows) {
    for (std::int64_t i = 0; i < lines; ++i, upcoming += cache_line)
      __builtin_prefetch(upcoming, 0, 2);
    multiply_tile<S, rows>(t, x, start, y);
    x += rows * t.x_stride;
    start += rows * t.start_stride;
    y += rows * t.y_stride;
  }
  multiply_rest<S, rows - 1>(t, left, x, start, y);
}

// A panel that is not full: what would be written beyond its columns goes to a tile of its own.
template <class S>
void multiply_partial_panel(const PanelTask& t) {
  constexpr int rows = S::product_rows, width = panel_width<S>;
  alignas(64) float tile[rows * width] = {}, bias[width] = {};
  for (std::int64_t c = 0; t.bias && c < t.columns; ++c) bias[c] = t.bias[c];
  for (std::int64_t token = 0; token < t.tokens; token += rows) {
    const std::int64_t count = t.tokens - token < rows ? t.tokens - token : rows;
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t c = 0; c < t.columns; ++c)
        tile[i * width + c] = t.start[(token + i) * t.start_stride + c];
    PanelTask part = t;
    part.upcoming_lines = 0;
    part.x += token * t.x_stride;
    part.tokens = count;
    part.start = part.y = tile;
    part.start_stride = part.y_stride = width;
    part.bias = t.bias ? bias : nullptr;
    multiply_full_panel<S>(part);
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t c = 0; c < t.columns; ++c)
        t.y[(token + i) * t.y_stride + c] = tile[i * width + c];
  }
}

template <class S>
void multiply_panel(const PanelTask& t) {
  t.columns == panel_width<S> ? multiply_full_panel<S>(t) : multiply_partial_panel<S>(t);
}

}  // namespace trainbus::kernels
