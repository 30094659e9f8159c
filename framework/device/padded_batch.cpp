#include "device/padded_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/io/error.hpp"

namespace trainbus::device {
namespace {

std::span<const std::int64_t> numbers_of(const at::Tensor& x) {
  if (!x.defined()) return {};
  return {x.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(x.numel())};
}

// A sequence with the prefix that it continues: tokens [begin, begin + before) of the prefix, then
// its own.
struct Sequence {
  std::int64_t prefix_begin = 0, before = 0;
  std::int64_t own_begin = 0, own_length = 0;
  std::int64_t length() const { return before + own_length; }
};

std::vector<Sequence> sequences_of(const Batch& batch) {
  const auto offsets = numbers_of(batch.offsets), prefixes = numbers_of(batch.prefixes);
  std::vector<Sequence> sequences;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    Sequence s{0, 0, offsets[b], offsets[b + 1] - offsets[b]};
    if (!prefixes.empty() && prefixes[b] >= 0) {
      const auto p = static_cast<std::size_t>(prefixes[b]);
      s.prefix_begin = offsets[p];
      s.before = offsets[p + 1] - offsets[p];
    }
    sequences.push_back(s);
  }
  return sequences;
}

std::int64_t count_of(const std::vector<Sequence>& sequences) {
  return static_cast<std::int64_t>(sequences.size());
}

// The int64 arrays of a batch in the order of the memory.
enum Part {
  tokens,
  types,
  lengths,
  logit_positions,
  candidate_ids,
  targets,
  target_positions,
  target_choices,
  labels,
  references,  // float32, two to a number
  part_count
};

std::array<std::int64_t, part_count> sizes_of(const BatchShape& s) {
  const bool text = s.features == 0;
  const std::int64_t padded = text ? s.sequences * s.length : 0;
  const std::int64_t optional = s.choices > 0 ? s.targets : 0;
  return {padded,
          s.has_types ? padded : 0,
          s.is_ragged ? s.sequences : 0,
          text ? s.logit_positions : 0,
          s.candidate_ids,
          s.targets,
          optional,
          optional,
          s.choices > 0 ? s.examples : 0,
          s.has_references ? (s.examples * s.choices + 1) / 2 : 0};
}

}  // namespace

// At most an eighth is padding.
std::int64_t padded_length(std::int64_t longest) {
  std::int64_t grain = 8;
  while (grain * 16 < longest) grain *= 2;
  return std::max<std::int64_t>((longest + grain - 1) / grain * grain, 8);
}

BatchShape shape_of(const Batch& batch) {
  BatchShape shape;
  shape.targets = batch.targets.numel();
  shape.choices = batch.choice_count;
  shape.scoring = batch.scoring;
  shape.has_references = batch.choice_references.defined();
  shape.examples = batch.labels.defined() ? batch.labels.numel() : 0;
  if (batch.candidate_ids.defined()) shape.candidate_ids = batch.candidate_ids.numel();
  if (batch.features.defined()) {
    shape.sequences = batch.features.size(0);
    shape.features = batch.features.size(1);
    return shape;
  }
  const std::vector<Sequence> sequences = sequences_of(batch);
  // Without logit positions the batch must have one target for each sequence: logits at every token
  // would include the padding.
  if (sequences.empty() ||
      (!batch.logit_positions.defined() && shape.targets != count_of(sequences)))
    throw RunError("a batch without sequences or without positions to score", "device",
                   "Train on the CPU.");
  std::int64_t longest = 0;
  for (const Sequence& s : sequences) longest = std::max(longest, s.length());
  shape.sequences = count_of(sequences);
  shape.length = padded_length(longest);
  shape.logit_positions = batch.logit_positions.defined() ? batch.logit_positions.numel() : 0;
  shape.has_types = batch.token_types.defined();
  shape.is_ragged =
      std::ranges::any_of(sequences, [&](const Sequence& s) { return s.length() < shape.length; });
  return shape;
}

PaddedBatch::PaddedBatch(const BatchShape& shape, at::Tensor memory)
    : shape_(shape), memory_(std::move(memory)) {}

std::int64_t PaddedBatch::layout_bytes(const BatchShape& shape) {
  std::int64_t count = 0;
  for (const std::int64_t size : sizes_of(shape)) count += size;
  const auto features = shape.sequences * shape.features * static_cast<std::int64_t>(sizeof(float));
  return count * static_cast<std::int64_t>(sizeof(std::int64_t)) + features;
}

at::Tensor PaddedBatch::numbers(std::int64_t part) const {
  const auto sizes = sizes_of(shape_);
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < part; ++i) begin += sizes[static_cast<std::size_t>(i)];
  const std::int64_t count = sizes[static_cast<std::size_t>(part)];
  constexpr auto width = static_cast<std::int64_t>(sizeof(std::int64_t));
  if (count == 0) return {};
  return memory_.narrow(0, begin * width, count * width).view(at::kLong);
}

Batch PaddedBatch::batch() const {
  Batch b;
  b.targets = numbers(targets);
  b.candidate_ids = numbers(candidate_ids);
  b.choice_count = shape_.choices;
  if (shape_.choices > 0) {
    b.target_positions = numbers(target_positions);
    b.target_choices = numbers(target_choices);
    b.labels = numbers(labels);
    b.scoring = shape_.scoring;
    if (shape_.has_references)
      b.choice_references =
          numbers(references).view(at::kFloat).narrow(0, 0, shape_.examples * shape_.choices);
  }
  if (shape_.features > 0) {
    const std::int64_t bytes =
        shape_.sequences * shape_.features * static_cast<std::int64_t>(sizeof(float));
    b.features = memory_.narrow(0, layout_bytes(shape_) - bytes, bytes)
                     .view(at::kFloat)
                     .view({shape_.sequences, shape_.features});
    b.token_count = shape_.sequences;
    return b;
  }
  b.tokens = numbers(tokens);
  b.token_types = numbers(types);
  b.lengths = numbers(lengths);
  b.logit_positions = numbers(logit_positions);
  b.offsets = at::arange(shape_.sequences + 1, at::kLong) * shape_.length;
  b.token_count = shape_.sequences * shape_.length;
  return b;
}

void PaddedBatch::fill(const Batch& batch) {
  const auto copy = [&](Part part, const at::Tensor& from) {
    const at::Tensor to = numbers(part);
    if (to.defined()) to.copy_(from);
  };
  Batch view = this->batch();
  if (shape_.features > 0) view.features.copy_(batch.features);
  copy(candidate_ids, batch.candidate_ids);
  copy(targets, batch.targets);
  copy(target_positions, batch.target_positions);
  copy(target_choices, batch.target_choices);
  copy(labels, batch.labels);
  if (shape_.has_references) view.choice_references.copy_(batch.choice_references);
  if (shape_.features > 0) return;

  const std::vector<Sequence> sequences = sequences_of(batch);
  const auto spread = [&](const at::Tensor& from, const at::Tensor& to) {
    if (!to.defined()) return;
    const std::int64_t* source = from.const_data_ptr<std::int64_t>();
    std::int64_t* row = to.mutable_data_ptr<std::int64_t>();
    for (const Sequence& s : sequences) {
      std::copy_n(source + s.prefix_begin, s.before, row);
      std::copy_n(source + s.own_begin, s.own_length, row + s.before);
      std::fill(row + s.length(), row + shape_.length, 0);
      row += shape_.length;
    }
  };
  spread(batch.tokens, view.tokens);
  spread(batch.token_types, view.token_types);
  if (view.lengths.defined())
    std::ranges::transform(sequences, view.lengths.mutable_data_ptr<std::int64_t>(),
                           [](const Sequence& s) { return s.length(); });
  if (!view.logit_positions.defined()) return;
  // Positions are ascending, so one pass over the sequences suffices.
  std::int64_t* to = view.logit_positions.mutable_data_ptr<std::int64_t>();
  std::int64_t b = 0;
  for (const std::int64_t at : numbers_of(batch.logit_positions)) {
    while (at >= sequences[static_cast<std::size_t>(b)].own_begin +
                     sequences[static_cast<std::size_t>(b)].own_length)
      ++b;
    const Sequence& s = sequences[static_cast<std::size_t>(b)];
    *to++ = b * shape_.length + s.before + (at - s.own_begin);
  }
}

}  // namespace trainbus::device
