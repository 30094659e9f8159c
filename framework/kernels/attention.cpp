#include "kernels/attention.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/simd/kernel_table.hpp"

namespace trainbus::kernels {
namespace {

struct alignas(64) CacheLine {
  float values[16];
};

// Floats of each buffer of AttentionScratch, whole cache lines.
struct ScratchSizes {
  ScratchSizes(std::int64_t longest, std::int64_t head_dim) {
    const std::int64_t blocks = (longest + attention_block - 1) / attention_block;
    const std::int64_t width = kept_width(head_dim);
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

void check(bool good, const std::string& what,
           const char* remedy = "Check the model's configuration and the batch's sequences.") {
  if (!good) throw RunError(what, "attention", remedy);
}

void check(const AttentionShape& s, const RotaryView& rotary) {
  check(s.head_dim > 0 && s.kv_heads > 0 && s.heads > 0 && s.heads % s.kv_heads == 0,
        std::to_string(s.heads) + " query heads, " + std::to_string(s.kv_heads) +
            " key/value heads of " + std::to_string(s.head_dim) +
            " features; expected positive numbers, the first a multiple of the second");
  check(!rotary.cosines || s.head_dim % 2 == 0 || rotary.rotated > 0,
        "rotated heads need an even number of features");
  check(rotary.rotated >= 0 && rotary.rotated <= s.head_dim && rotary.rotated % 2 == 0,
        std::to_string(rotary.rotated) + " rotated features of heads of " +
            std::to_string(s.head_dim) + "; expected an even number, no more than there are");
  check(s.window >= 0, "a window of " + std::to_string(s.window) + " tokens; expected 0 or more");
  check(s.softcap >= 0, "scores capped at " + std::to_string(s.softcap) + "; expected 0 or more");
}

// How far from itself a token sees, see AttentionTask.
struct Reach {
  explicit Reach(const AttentionShape& s) {
    constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
    if (s.causal)
      behind = s.window > 0 ? s.window - 1 : all, ahead = 0;
    else
      behind = ahead = s.window > 0 ? s.window / 2 : all;
  }
  std::int64_t behind, ahead;
};

// Groups of sequences that share the keys of a prefix: each sequence that continues none, with its
// continuations after it.
struct PrefixGroups {
  PrefixGroups(const PackedSequences& sequences, bool causal) : offsets(sequences.offsets) {
    check(!offsets.empty() && offsets[0] == 0, "offsets must begin with 0");
    const std::size_t count = offsets.size() - 1;
    check(sequences.prefixes.empty() || sequences.prefixes.size() == count,
          std::to_string(sequences.prefixes.size()) + " prefixes for " + std::to_string(count) +
              " sequences");
    for (std::size_t b = 0; b < count; ++b) {
      check(offsets[b] <= offsets[b + 1], "offset " + std::to_string(offsets[b]) +
                                              " is followed by " + std::to_string(offsets[b + 1]) +
                                              "; expected no decrease");
      const std::int64_t prefix = sequences.prefixes.empty() ? -1 : sequences.prefixes[b];
      if (prefix == -1) {
        begins.push_back(b);
        longest = std::max(longest, length(b));
      } else {
        check(causal, "a prefix in bidirectional attention; expected causal attention");
        check(!begins.empty() && prefix == static_cast<std::int64_t>(begins.back()),
              "sequence " + std::to_string(b) + " continues sequence " + std::to_string(prefix) +
                  "; expected -1 or the last sequence before it that continues none");
        longest = std::max(longest, length(begins.back()) + length(b));
      }
    }
    begins.push_back(count);
  }
  std::int64_t size() const { return static_cast<std::int64_t>(begins.size()) - 1; }
  std::int64_t length(std::size_t b) const { return offsets[b + 1] - offsets[b]; }

  std::span<const std::int64_t> offsets;
  std::vector<std::size_t> begins;  // the first sequence of each group, then the end
  std::int64_t longest = 0;         // of a sequence with its prefix
};

}  // namespace

void attention(const float* qkv, const PackedSequences& sequences, const AttentionShape& shape,
               const RotaryView& rotary, float* out) {
  check(shape, rotary);
  const PrefixGroups groups(sequences, shape.causal);
  check(!rotary.cosines || groups.longest <= rotary.positions,
        "a sequence of " + std::to_string(groups.longest) + " tokens for a model of " +
            std::to_string(rotary.positions) + " positions",
        "Cut the prompts to what the model can take.");
  if (groups.longest == 0) return;

  const std::int64_t d = shape.head_dim, group = shape.heads / shape.kv_heads;
  const std::int64_t stride = (shape.heads + 2 * shape.kv_heads) * d, out_stride = shape.heads * d;
  const float scale = shape.scale != 0 ? shape.scale : 1 / std::sqrt(static_cast<float>(d));
  const std::int64_t rotated = rotary.rotated > 0 ? rotary.rotated : d;
  const Reach reach(shape);
  const auto attend = kernel_table().attend;
  const ScratchSizes sizes(groups.longest, d);
  const std::int64_t lines = sizes.total / 16;
  const std::int64_t tasks = groups.size() * shape.kv_heads;
  const auto threads = static_cast<int>(std::min<std::int64_t>(tasks, omp_get_max_threads()));
  const auto memory =
      std::make_unique_for_overwrite<CacheLine[]>(static_cast<std::size_t>(threads * lines));

#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < tasks; ++i) {
    const std::size_t* sequence = &groups.begins[static_cast<std::size_t>(i / shape.kv_heads)];
    const std::int64_t kv_head = i % shape.kv_heads;
    const AttentionScratch scratch =
        sizes.split(memory[static_cast<std::size_t>(omp_get_thread_num() * lines)].values);
    for (std::size_t b = sequence[0]; b < sequence[1]; ++b) {
      const float* token = qkv + groups.offsets[b] * stride;
      attend(
          {token + kv_head * group * d, token + (shape.heads + kv_head) * d,
           token + (shape.heads + shape.kv_heads + kv_head) * d, stride,
           out + groups.offsets[b] * out_stride + kv_head * group * d, out_stride, groups.length(b),
           group, d, rotary.cosines, rotary.sines, rotated, scale, shape.softcap, reach.behind,
           reach.ahead, b == sequence[0] ? 0 : groups.length(sequence[0])},
          scratch);
    }
  }
}

void attention_with_kept(const float* qkv, std::span<const std::int64_t> offsets,
                         std::span<const KeptKeys> kept, const AttentionShape& shape,
                         const RotaryView& rotary, float* out) {
  check(shape, rotary);
  check(shape.causal, "kept keys in bidirectional attention; expected causal attention");
  const PrefixGroups sequences({offsets}, true);
  check(kept.size() + 1 == offsets.size(), std::to_string(kept.size()) + " texts' kept keys for " +
                                               std::to_string(offsets.size() - 1) + " sequences");
  for (std::size_t b = 0; b < kept.size(); ++b) {
    const std::int64_t length = kept[b].tokens + sequences.length(b);
    check(kept[b].tokens >= 0 && length <= kept[b].capacity && kept[b].capacity % kept_block == 0,
          "a text of " + std::to_string(length) + " tokens, and room for the keys of " +
              std::to_string(kept[b].capacity));
    check(!rotary.cosines || length <= rotary.positions,
          "a text of " + std::to_string(length) + " tokens for a model of " +
              std::to_string(rotary.positions) + " positions",
          "Generate fewer tokens, or give a shorter prompt.");
  }
  const std::int64_t d = shape.head_dim, group = shape.heads / shape.kv_heads;
  const std::int64_t stride = (shape.heads + 2 * shape.kv_heads) * d, out_stride = shape.heads * d;
  const float scale = shape.scale != 0 ? shape.scale : 1 / std::sqrt(static_cast<float>(d));
  const std::int64_t rotated = rotary.rotated > 0 ? rotary.rotated : d;
  const Reach reach(shape);
  const auto attend = kernel_table().attend;
  const ScratchSizes sizes(0, d);
  const std::int64_t lines = sizes.total / 16;
  const std::int64_t tasks = static_cast<std::int64_t>(kept.size()) * shape.kv_heads;
  const auto threads = static_cast<int>(std::min<std::int64_t>(tasks, omp_get_max_threads()));
  if (threads == 0) return;
  const auto memory =
      std::make_unique_for_overwrite<CacheLine[]>(static_cast<std::size_t>(threads * lines));

#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < tasks; ++i) {
    const auto b = static_cast<std::size_t>(i / shape.kv_heads);
    const std::int64_t kv_head = i % shape.kv_heads;
    AttentionScratch scratch =
        sizes.split(memory[static_cast<std::size_t>(omp_get_thread_num() * lines)].values);
    scratch.keys = kept[b].keys + kv_head * kept[b].capacity * d;
    scratch.values = kept[b].values + kv_head * kept[b].capacity * kept_width(d);
    const float* token = qkv + offsets[b] * stride;
    attend({token + kv_head * group * d, token + (shape.heads + kv_head) * d,
            token + (shape.heads + shape.kv_heads + kv_head) * d, stride,
            out + offsets[b] * out_stride + kv_head * group * d, out_stride, sequences.length(b),
            group, d, rotary.cosines, rotary.sines, rotated, scale, shape.softcap, reach.behind,
            reach.ahead, kept[b].tokens},
           scratch);
  }
}

}  // namespace trainbus::kernels
