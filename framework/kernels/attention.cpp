#include "kernels/attention.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "kernels/kernel_table.hpp"

namespace trainbus::kernels {
namespace {

struct alignas(64) CacheLine {
  float values[16];
};

// Floats of each buffer of AttentionScratch, whole cache lines.
struct ScratchSizes {
  ScratchSizes(std::int64_t longest, std::int64_t head_dim) {
    const std::int64_t blocks = (longest + attention_block - 1) / attention_block;
    const std::int64_t width = (head_dim + 15) / 16 * 16;
    keys = blocks * head_dim * attention_block;
    values = blocks * attention_block * width;
    block = attention_block * width;
    total = keys + values + 2 * block + attention_rows * attention_block + 2 * attention_block;
  }
  AttentionScratch split(float* p) const {
    float* const values_at = p + keys;
    float* const queries = values_at + values;
    float* const sums = queries + block;
    float* const weights = sums + block;
    float* const row_max = weights + attention_rows * attention_block;
    return {p, values_at, queries, sums, weights, row_max, row_max + attention_block};
  }
  std::int64_t keys, values, block, total;
};

void check(bool good, const std::string& what) {
  if (!good)
    throw RunError(what, "attention", "Check the model's configuration and the batch's offsets.");
}

std::int64_t check_and_find_longest(std::span<const std::int64_t> offsets,
                                    const AttentionShape& s) {
  check(s.head_dim > 0 && s.kv_heads > 0 && s.heads > 0 && s.heads % s.kv_heads == 0,
        std::to_string(s.heads) + " query heads, " + std::to_string(s.kv_heads) +
            " key/value heads of " + std::to_string(s.head_dim) +
            " features; expected positive numbers, the first a multiple of the second");
  check(!offsets.empty() && offsets[0] == 0, "offsets must begin with 0");
  std::int64_t longest = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    check(offsets[b] <= offsets[b + 1], "offset " + std::to_string(offsets[b]) +
                                            " is followed by " + std::to_string(offsets[b + 1]) +
                                            "; expected no decrease");
    longest = std::max(longest, offsets[b + 1] - offsets[b]);
  }
  return longest;
}

}  // namespace

void causal_attention(const float* qkv, std::span<const std::int64_t> offsets,
                      const AttentionShape& shape, const float* cosines, const float* sines,
                      float* out) {
  const std::int64_t longest = check_and_find_longest(offsets, shape);
  check((cosines == nullptr) == (sines == nullptr),
        "cosines without sines, or sines without cosines");
  check(!cosines || shape.head_dim % 2 == 0, "rotated heads need an even number of features");
  if (longest == 0) return;

  const std::int64_t d = shape.head_dim, group = shape.heads / shape.kv_heads;
  const std::int64_t stride = (shape.heads + 2 * shape.kv_heads) * d, out_stride = shape.heads * d;
  const float scale = shape.scale != 0 ? shape.scale : 1 / std::sqrt(static_cast<float>(d));
  const auto attend = kernel_table().attend;
  const ScratchSizes sizes(longest, d);
  const std::int64_t lines = sizes.total / 16;
  const std::int64_t tasks = static_cast<std::int64_t>(offsets.size() - 1) * shape.kv_heads;
  const auto threads = static_cast<int>(std::min<std::int64_t>(tasks, omp_get_max_threads()));
  std::vector<CacheLine> memory(static_cast<std::size_t>(threads * lines));

#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < tasks; ++i) {
    const auto b = static_cast<std::size_t>(i / shape.kv_heads);
    const std::int64_t kv_head = i % shape.kv_heads, begin = offsets[b],
                       tokens = offsets[b + 1] - begin;
    const float* token = qkv + begin * stride;
    const AttentionTask task{token + kv_head * group * d,
                             token + (shape.heads + kv_head) * d,
                             token + (shape.heads + shape.kv_heads + kv_head) * d,
                             stride,
                             out + begin * out_stride + kv_head * group * d,
                             out_stride,
                             tokens,
                             group,
                             d,
                             cosines,
                             sines,
                             scale};
    attend(task,
           sizes.split(memory[static_cast<std::size_t>(omp_get_thread_num() * lines)].values));
  }
}

}  // namespace trainbus::kernels
