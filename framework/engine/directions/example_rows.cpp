#include "engine/directions/example_rows.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw RunError("a micro-batch " + what + ", and every example is to have a direction of its own",
                 "directions", "Train with --es.directions low-rank, or full.");
}

std::span<const std::int64_t> numbers(const at::Tensor& x) {
  return {x.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(x.numel())};
}

// The sequence of each packed token.
std::vector<std::int64_t> sequences_of_tokens(std::span<const std::int64_t> offsets) {
  std::vector<std::int64_t> sequences(static_cast<std::size_t>(offsets.back()));
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
    std::fill(sequences.begin() + offsets[b], sequences.begin() + offsets[b + 1],
              static_cast<std::int64_t>(b));
  return sequences;
}

// The sequence of each logit position. Without positions a model reads all tokens, or one for each
// sequence.
std::vector<std::int64_t> sequences_of_positions(const Batch& batch,
                                                 const std::vector<std::int64_t>& of_tokens) {
  std::vector<std::int64_t> sequences;
  if (batch.logit_positions.defined()) {
    for (const std::int64_t token : numbers(batch.logit_positions))
      sequences.push_back(of_tokens[static_cast<std::size_t>(token)]);
    return sequences;
  }
  const std::int64_t count = batch.offsets.numel() - 1;
  if (batch.choice_count > 0 || batch.targets.numel() != count) return of_tokens;
  sequences.resize(static_cast<std::size_t>(count));
  std::iota(sequences.begin(), sequences.end(), 0);
  return sequences;
}

// The sequence that each one continues, or itself.
std::vector<std::int64_t> roots_of(const Batch& batch) {
  std::vector<std::int64_t> roots(static_cast<std::size_t>(batch.offsets.numel() - 1));
  std::iota(roots.begin(), roots.end(), 0);
  if (batch.prefixes.defined())
    for (std::size_t b = 0; b < roots.size(); ++b)
      if (const std::int64_t prefix = numbers(batch.prefixes)[b]; prefix >= 0) roots[b] = prefix;
  return roots;
}

}  // namespace

// The example of each sequence, which that of its root is: by the answer choices, or in the order
// of the roots.
std::vector<std::int64_t> ExampleRows::of_sequences(
    const Batch& batch, std::span<const std::int64_t> sequence_of_position) {
  constexpr std::int64_t none = -1;
  const std::vector<std::int64_t> roots = roots_of(batch);
  std::vector<std::int64_t> of_root(roots.size(), none);
  const auto belongs = [&](std::int64_t position, std::int64_t example) {
    const auto sequence =
        static_cast<std::size_t>(sequence_of_position[static_cast<std::size_t>(position)]);
    std::int64_t& known = of_root[static_cast<std::size_t>(roots[sequence])];
    if (known != none && known != example) refuse("has a sequence that two of its examples share");
    known = example;
  };
  if (batch.choice_count > 0) {
    examples_ = batch.labels.numel();
    for (std::int64_t t = 0; t < batch.targets.numel(); ++t)
      belongs(numbers(batch.target_positions)[static_cast<std::size_t>(t)],
              numbers(batch.target_choices)[static_cast<std::size_t>(t)] / batch.choice_count);
  } else {
    std::vector<std::int64_t> number(roots.size(), none);
    for (const std::int64_t sequence : sequence_of_position) {
      std::int64_t& own =
          number[static_cast<std::size_t>(roots[static_cast<std::size_t>(sequence)])];
      if (own == none) own = examples_++;
    }
    of_root = number;
  }
  std::vector<std::int64_t> examples;
  for (const std::int64_t root : roots) {
    examples.push_back(of_root[static_cast<std::size_t>(root)]);
    if (examples.back() == none) refuse("has a sequence that no target belongs to");
  }
  return examples;
}

ExampleRows::ExampleRows(const Batch& batch) {
  if (!batch.tokens.defined()) {
    examples_ = tokens_ = batch.features.size(0);
    if (batch.logit_positions.defined() || batch.choice_count > 0 ||
        batch.targets.numel() != tokens_)
      refuse("has rows of features without a target each");
    of_positions_.resize(static_cast<std::size_t>(tokens_));
    std::iota(of_positions_.begin(), of_positions_.end(), 0);
    add(of_positions_);
    return;
  }
  if (batch.starts.defined()) refuse("continues texts that were given before");
  tokens_ = batch.tokens.numel();
  const std::vector<std::int64_t> of_tokens = sequences_of_tokens(numbers(batch.offsets));
  const std::vector<std::int64_t> of_positions = sequences_of_positions(batch, of_tokens);
  const std::vector<std::int64_t> of_sequence = of_sequences(batch, of_positions);
  const auto examples = [&](const std::vector<std::int64_t>& sequences) {
    std::vector<std::int64_t> result;
    for (const std::int64_t sequence : sequences)
      result.push_back(of_sequence[static_cast<std::size_t>(sequence)]);
    return result;
  };
  of_positions_ = examples(of_positions);
  add(examples(of_tokens));
  add(of_positions_);
  add(of_sequence);
}

void ExampleRows::add(std::span<const std::int64_t> example_of_row) {
  Way way{static_cast<std::int64_t>(example_of_row.size()), {}};
  for (std::int64_t row = 0; row < way.rows; ++row) {
    const std::int64_t example = example_of_row[static_cast<std::size_t>(row)];
    if (way.runs.empty() || way.runs.back().example != example)
      way.runs.push_back({example, row, row});
    way.runs.back().end = row + 1;
  }
  ways_.push_back(std::move(way));
}

const std::vector<ExampleRows::Run>& ExampleRows::runs(std::int64_t rows) const {
  const auto same = [](const Run& a, const Run& b) {
    return a.example == b.example && a.begin == b.begin && a.end == b.end;
  };
  const Way* found = nullptr;
  for (const Way& way : ways_) {
    if (way.rows != rows) continue;
    if (found && !std::ranges::equal(found->runs, way.runs, same))
      refuse("has as many logit positions as sequences, but not one for each");
    found = &way;
  }
  if (!found)
    refuse("has " + std::to_string(rows) + " rows of activations that are not its " +
           std::to_string(tokens_) + " tokens, its logit positions or its sequences");
  return found->runs;
}

}  // namespace trainbus
