// Internal: how a tensor's z is addressed, and how its work is cut for threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "kernels/direction.hpp"
#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/parallel.hpp"

namespace trainbus::kernels {

// Throws RunError if the tensor's number is not_a_tensor.
ZSource z_source(const Direction& direction, TensorId tensor);
// Throws RunError for a share that is not one of direction.shares.
Share share_of(const Direction& direction, const Shape& shape);

// Rows [row_begin, row_end) of a tensor (a vector is one row); tiled if any of its z lies in
// fragment order.
inline Region region_of(const Shape& shape, bool any_rademacher, std::int64_t row_begin,
                        std::int64_t row_end) {
  if (any_rademacher && !shape.is_vector()) return {true, shape.columns(), row_begin, row_end};
  return {false, 0, row_begin * shape.columns(), row_end * shape.columns()};
}

// The kernels' views can read and write; parameters passed through this function are only read.
inline Stored only_read(const ConstStored& p) {
  return {p.format, const_cast<void*>(p.values), const_cast<void*>(p.residuals)};
}

inline bool is_limited(float magnitude_limit) {
  return magnitude_limit != std::numeric_limits<float>::infinity();
}

// Calls work(part, offset of its first element from the region's first) on the threads' parts.
template <class Work>
void for_parts(const Region& region, const Work& work) {
  // Elements a thread takes at once: large against the cost of starting threads, small against the
  // caches.
  constexpr std::int64_t grain = 32768;
  if (region.tiled && region.columns == 0) return;
  const std::int64_t width = region.tiled ? region.columns : 1;
  const std::int64_t rows =
      region.tiled ? std::max<std::int64_t>(16, grain / width / 16 * 16) : grain;
  parallel_pieces(region.begin, region.end, rows, [&](std::int64_t from, std::int64_t to) {
    work(Region{region.tiled, region.columns, from, to}, (from - region.begin) * width);
  });
}

}  // namespace trainbus::kernels
