#include "kernels/disentangled.hpp"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <string>

#include "core/io/error.hpp"
#include "kernels/simd/kernel_table.hpp"

namespace trainbus::kernels {
namespace {

// Whole vectors of every instruction set.
constexpr std::int64_t grain = 16;
std::int64_t whole(std::int64_t n) { return (n + grain - 1) / grain * grain; }

void check(bool good, const std::string& what) {
  if (!good) throw RunError(what, "attention", "Check the model's configuration and the batch.");
}

std::int64_t checked_longest(std::span<const std::int64_t> offsets, const DistanceRows& distances,
                             const DisentangledShape& shape) {
  check(shape.heads > 0 && shape.head_dim > 0, std::to_string(shape.heads) + " heads of " +
                                                   std::to_string(shape.head_dim) +
                                                   " features; expected positive numbers");
  check(!offsets.empty() && offsets[0] == 0, "offsets must begin with 0");
  std::int64_t longest = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    check(offsets[b] <= offsets[b + 1], "offsets that decrease");
    longest = std::max(longest, offsets[b + 1] - offsets[b]);
  }
  const auto count = static_cast<std::int64_t>(distances.by_distance.size());
  check(count >= 2 * longest - 1 && count % 2 == 1,
        std::to_string(count) + " distances for a sequence of " + std::to_string(longest) +
            " tokens; expected an odd number, at least twice its tokens less one");
  for (const std::int64_t row : distances.by_distance)
    check(row >= 0 && row < distances.rows,
          "row " + std::to_string(row) + " of a distance, of " + std::to_string(distances.rows));
  return longest;
}

// A thread's buffers.
struct Scratch {
  Scratch(std::int64_t longest, std::int64_t head_dim)
      : columns(whole(longest)), distance_columns(whole(2 * longest) + grain) {
    keys = head_dim * columns;
    distances = head_dim * distance_columns;
    total = whole(keys + 2 * distances + columns);
  }
  std::int64_t columns, distance_columns;  // tokens and distances, in whole vectors
  std::int64_t keys, distances, total;
};

// to [head_dim, columns]: the head's features of each row as a column; zeros behind the last.
template <class Row>
void turn(const Row& row, std::int64_t count, std::int64_t head_dim, std::int64_t columns,
          float* to) {
  for (std::int64_t i = 0; i < head_dim; ++i)
    std::fill(to + i * columns + count, to + (i + 1) * columns, 0.0f);
  for (std::int64_t c = 0; c < count; ++c) {
    const float* const from = row(c);
    for (std::int64_t i = 0; i < head_dim; ++i) to[i * columns + c] = from[i];
  }
}

}  // namespace

void disentangled_attention(const float* query_key, const float* value,
                            std::span<const std::int64_t> offsets, const DistanceRows& distances,
                            const DisentangledShape& shape, float* out) {
  const std::int64_t longest = checked_longest(offsets, distances, shape);
  if (longest == 0) return;
  const std::int64_t d = shape.head_dim, width = shape.heads * d;
  const Scratch sizes(longest, d);
  const auto length = (static_cast<std::int64_t>(distances.by_distance.size()) + 1) / 2;
  const auto threads = static_cast<int>(std::min<std::int64_t>(shape.heads, omp_get_max_threads()));
  const auto memory =
      std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(threads * sizes.total));
  const auto attend = kernel_table().attend_disentangled;

#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    float* const keys = memory.get() + omp_get_thread_num() * sizes.total;
    float* const distance_queries = keys + sizes.keys;
    float* const distance_keys = distance_queries + sizes.distances;
    float* const scores = distance_keys + sizes.distances;
    // Column longest − 1 + e is the distance −e, that of the key e behind its query.
    const auto distance = [&](std::int64_t part) {
      return [=, &distances](std::int64_t column) {
        const auto at = static_cast<std::size_t>(length - 1 + longest - 1 - column);
        return distances.query_key + distances.by_distance[at] * 2 * width + part * width +
               head * d;
      };
    };
    if (distances.queries)
      turn(distance(0), 2 * longest - 1, d, sizes.distance_columns, distance_queries);
    if (distances.keys)
      turn(distance(1), 2 * longest - 1, d, sizes.distance_columns, distance_keys);
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
      const std::int64_t first = offsets[b], tokens = offsets[b + 1] - first;
      const float* const query = query_key + first * 2 * width + head * d;
      turn([&](std::int64_t t) { return query + t * 2 * width + width; }, tokens, d, sizes.columns,
           keys);
      attend({query, 2 * width, keys, sizes.columns, value + first * width + head * d,
              out + first * width + head * d, width, distances.queries ? distance_queries : nullptr,
              distances.keys ? distance_keys : nullptr, sizes.distance_columns, longest - 1, tokens,
              d, shape.scale, scores});
    }
  }
}

}  // namespace trainbus::kernels
