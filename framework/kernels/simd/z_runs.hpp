// Internal: computes z for a part of a tensor, a run of neighbouring elements at a time.
#pragma once

#include <cstdint>

#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/storage_views.hpp"
#include "kernels/simd/z_generator.hpp"

namespace trainbus::kernels {

// z of a run as a bit an element, set for -1, in words of 64.
template <class S>
struct SignRun {
  const std::uint64_t* words;
};

// z of a run as floats; may be read up to a vector beyond its end.
template <class S>
struct ValueRun {
  const float* values;
};

// z of S::width elements; the kernels compute x + scale·z with it, rounded once.
template <class S, int first>
struct SignVector {
  std::uint64_t signs;
  typename S::F add(typename S::F scale, typename S::F x) const {
    return x + S::template with_signs<first>(scale, signs);
  }
};

template <class S>
struct ValueVector {
  typename S::F z;
  typename S::F add(typename S::F scale, typename S::F x) const { return S::fma(scale, z, x); }
};

template <class S, int first = 0, class Work>
void for_word(const Work& work, int at, std::uint64_t signs) {
  work.vector(at + first, SignVector<S, first>{signs});
  if constexpr (first + S::width < 64) for_word<S, first + S::width>(work, at, signs);
}

// Does `work` for a run of `count` elements. A Work has vector(i, z) for S::width elements from
// number i on, and Aside(work, at, count), which is the same work on a copy of so many elements
// that give_back() puts in their place.
template <class S, class Work>
void do_run(const Work& work, int count, SignRun<S> z) {
  int i = 0;
  for (; i + 64 <= count; i += 64) for_word<S>(work, i, z.words[i / 64]);
  if (i == count) return;
  typename Work::Aside aside(work, i, count - i);
  for_word<S>(aside.work, 0, z.words[i / 64]);
  aside.give_back();
}

template <class S, class Work>
void do_run(const Work& work, int count, ValueRun<S> z) {
  int i = 0;
  for (; i + S::width <= count; i += S::width)
    work.vector(i, ValueVector<S>{S::load(z.values + i)});
  if (i == count) return;
  typename Work::Aside aside(work, i, count - i);
  aside.work.vector(0, ValueVector<S>{S::load(z.values + i)});
  aside.give_back();
}

// The part for which z is made at a time: some tiles, beside each other, of a matrix in fragment
// order, or a run of a tensor in linear order, which is one row whose first column is the element's
// number.
struct Block {
  std::int64_t row, column;
  int rows, width;
};
inline constexpr int block_elements = tile_rows * tile_columns;  // of a run, or a single tile
static_assert(block_elements == signs_per_run);

// How many tiles a block has at most. Several make rows that memory's prefetchers can follow;
// with one, a block stays in the nearest cache.
inline constexpr int widest_block = 8;

// Where element (row, column) of a block lies, in memory and in a buffer of block_elements.
template <class S>
std::int64_t place_in(const Region& region, const Block& block, int row) {
  return region.tiled ? (block.row + row - region.begin) * region.columns + block.column
                      : block.column - region.begin;
}
template <class S>
int place_in_buffer(int row) {
  return row * tile_columns;
}

template <class S, int tiles, class Use>
void for_blocks(const Region& region, const Use& use) {
  static_assert(tiles <= widest_block);
  if (!region.tiled) {
    for (std::int64_t i = region.begin, next; i < region.end; i = next) {
      next = (i / block_elements + 1) * block_elements;
      if (next > region.end) next = region.end;
      use(Block{0, i, 1, static_cast<int>(next - i)});
    }
    return;
  }
  for (std::int64_t row = region.begin, next; row < region.end; row = next) {
    next = (row / tile_rows + 1) * tile_rows;
    if (next > region.end) next = region.end;
    constexpr int width = tiles * tile_columns;
    for (std::int64_t column = 0; column < region.columns; column += width) {
      const std::int64_t left = region.columns - column;
      use(Block{row, column, static_cast<int>(next - row),
                left < width ? static_cast<int>(left) : width});
    }
  }
}

template <class S, class Use>
void for_sign_runs(const ZSource& z, const Region& region, const Block& block, const Use& use) {
  if (!region.tiled) {
    alignas(64) std::uint64_t signs[sign_words];
    ZGenerator<S>::sign_run(z, static_cast<std::uint32_t>(block.column / 128), signs);
    return use(0, 0, block.width, SignRun<S>{signs});
  }
  alignas(64) std::uint64_t signs[widest_block][sign_words];
  const auto row_group = static_cast<std::uint32_t>(block.row / tile_rows);
  const auto first_tile = static_cast<std::uint32_t>(block.column / tile_columns);
  for (int t = 0; t * tile_columns < block.width; ++t)
    ZGenerator<S>::sign_tile(z, row_group, first_tile + static_cast<unsigned>(t), signs[t]);
  for (int row = 0; row < block.rows; ++row) {
    const std::int64_t in_tile = words_per_row * ((block.row + row) % tile_rows);
    for (int t = 0; t * tile_columns < block.width; ++t) {
      const int left = block.width - t * tile_columns;
      use(row, t * tile_columns, left < tile_columns ? left : tile_columns,
          SignRun<S>{signs[t] + in_tile});
    }
  }
}

template <class S>
struct Normals {
  static constexpr int in_a_block = 4;
  static void make(const ZSource& z, std::uint64_t first_block, float* values) {
    ZGenerator<S>::normal_run(z, first_block, values);
  }
};

template <class S>
struct Binomials {
  static constexpr int in_a_block = 8;
  static void make(const ZSource& z, std::uint64_t first_block, float* values) {
    ZGenerator<S>::binomial_run(z, first_block, values);
  }
};

template <class S, class Values, class Use>
void for_value_runs(const ZSource& z, const Region& region, const Block& block, const Use& use) {
  constexpr int in_a_run = Values::in_a_block * blocks_per_piece;
  alignas(64) float values[in_a_run + S::width] = {};
  for (int row = 0; row < block.rows; ++row) {
    const std::int64_t begin = (block.row + row) * region.columns + block.column;
    const std::int64_t end = begin + block.width;
    for (std::int64_t i = begin, next; i < end; i = next) {
      const std::int64_t run = i / in_a_run * in_a_run;
      next = run + in_a_run < end ? run + in_a_run : end;
      Values::make(z, static_cast<std::uint64_t>(run / Values::in_a_block), values);
      use(row, static_cast<int>(i - begin), static_cast<int>(next - i),
          ValueRun<S>{values + (i - run)});
    }
  }
}

// Calls use(row, column, count, z) for the runs that make up a block.
template <class S, class Use>
void for_runs(const ZTerm& term, const Region& region, const Block& block, const Use& use) {
  switch (term.distribution) {
    case Distribution::Rademacher:
      return for_sign_runs<S>(term.source, region, block, use);
    case Distribution::Gaussian:
      return for_value_runs<S, Normals<S>>(term.source, region, block, use);
    case Distribution::Binomial:
      return for_value_runs<S, Binomials<S>>(term.source, region, block, use);
  }
}

}  // namespace trainbus::kernels
