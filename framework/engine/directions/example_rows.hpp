// Which example each row of a batch's activations belongs to, for directions of which every example
// has its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus {

// An example is one that is answered: with answer choices the sequences of its choices and what
// they continue; else a sequence with what continues it, or a row of features.
class TRAINBUS_EXPORT ExampleRows {
 public:
  // Neighbouring rows [begin, end) of one example.
  struct Run {
    std::int64_t example, begin, end;
  };

  // Reads the batch once. Throws RunError for a batch of which some token belongs to no example or
  // to two, or which continues texts that were given before.
  explicit ExampleRows(const Batch& batch);

  std::int64_t examples() const { return examples_; }
  // The example of each logit position.
  std::span<const std::int64_t> of_positions() const { return of_positions_; }
  // Activations come by tokens, by the logit positions, or by sequences; how many rows there are
  // says which. Ascending; throws RunError if it is none of them, or if it might be two that
  // differ.
  const std::vector<Run>& runs(std::int64_t rows) const;
  std::int64_t tokens() const { return tokens_; }

 private:
  struct Way {
    std::int64_t rows;
    std::vector<Run> runs;
  };
  void add(std::span<const std::int64_t> example_of_row);
  std::vector<std::int64_t> of_sequences(const Batch& batch,
                                         std::span<const std::int64_t> sequence_of_position);

  std::int64_t examples_ = 0, tokens_ = 0;
  std::vector<std::int64_t> of_positions_;
  std::vector<Way> ways_;
};

}  // namespace trainbus
