// Which elements a warp works on: a piece of 16 runs of up to 256 neighbouring elements.
#pragma once

#include <cuda_runtime.h>

#include "cuda/passes.hpp"
#include "cuda/philox.cuh"

namespace trainbus::cuda {

constexpr int warp_size = 32;
constexpr int run_width = 256;
constexpr int piece_runs = 16;
constexpr int piece_elements = run_width * piece_runs;

struct Place {
  const TableEntry* entry;
  std::int64_t base, stride;  // of run r the first element is base + r·stride
  std::int64_t remaining;     // elements from base on, of a linear piece
  int runs, width;
  bool fragment_order;   // of z: run r is row r of a tile
  bool vectors;          // whether all runs can be read 8 elements at a time
  std::uint32_t c0, c1;  // of this lane's Philox block, for Rademacher

  __device__ int width_of(int run) const {
    if (run >= runs) return 0;
    const std::int64_t left = remaining - static_cast<std::int64_t>(run) * run_width;
    return left >= width ? width : left < 0 ? 0 : static_cast<int>(left);
  }
};

__device__ inline int lane_number() { return static_cast<int>(threadIdx.x) % warp_size; }

// The piece of the calling warp.
__device__ inline std::int64_t piece_number() {
  return (blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x) / warp_size;
}

// A piece of a tensor in linear order.
__device__ inline Place linear_place(const TableEntry& entry, std::int64_t piece) {
  const Tensor& t = entry.tensor;
  Place place;
  place.entry = &entry;
  place.base = piece * piece_elements;
  place.stride = run_width;
  place.remaining = (t.rows == 0 ? 1 : t.rows) * t.columns - place.base;
  place.runs = piece_runs;
  place.width = run_width;
  place.fragment_order = false;
  place.vectors = entry.aligned && place.remaining % 8 == 0;
  place.c0 = static_cast<std::uint32_t>(piece) * warp_size + static_cast<unsigned>(lane_number());
  place.c1 = 0;
  return place;
}

// A tile of a matrix.
__device__ inline Place tile_place(const TableEntry& entry, std::int64_t tile) {
  const Tensor& t = entry.tensor;
  const std::int64_t tiles_across = (t.columns + run_width - 1) / run_width;
  const std::int64_t group = tile / tiles_across, column = tile % tiles_across * run_width;
  const std::int64_t row = group * piece_runs, rows_left = t.rows - row,
                     columns_left = t.columns - column;
  Place place;
  place.entry = &entry;
  place.base = row * t.columns + column;
  place.stride = t.columns;
  place.remaining = piece_elements;
  place.runs = rows_left < piece_runs ? static_cast<int>(rows_left) : piece_runs;
  place.width = columns_left < run_width ? static_cast<int>(columns_left) : run_width;
  place.fragment_order = true;
  place.vectors = entry.aligned;
  place.c0 = static_cast<std::uint32_t>(group) * warp_size + static_cast<unsigned>(lane_number());
  place.c1 = static_cast<std::uint32_t>(column / run_width);
  return place;
}

// How many blocks of threads give every piece a warp of its own.
constexpr int warps_per_block = 8;
constexpr int threads_per_block = warps_per_block * warp_size;
inline unsigned blocks_for(std::int64_t pieces) {
  return static_cast<unsigned>((pieces + warps_per_block - 1) / warps_per_block);
}

// Number `piece` of all tensors' pieces, in fragment or linear order.
template <bool fragment_order>
__device__ inline Place find_place(const TableEntry* entries, std::int32_t count,
                                   std::int64_t piece) {
  const auto first = [&](int i) {
    return fragment_order ? entries[i].first_tile : entries[i].first_run;
  };
  int low = 0, high = count;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (first(middle) <= piece)
      low = middle;
    else
      high = middle;
  }
  const TableEntry& entry = entries[low];
  if (fragment_order && entry.tensor.rows != 0) return tile_place(entry, piece - first(low));
  Place place = linear_place(entry, piece - first(low));
  if (fragment_order) place.vectors = false;  // signs of a vector come an element at a time
  return place;
}

}  // namespace trainbus::cuda
