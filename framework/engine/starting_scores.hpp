// What a task's batches need of the weights that a run starts from: numbers that are computed once,
// before its first step, and kept with the run, such as the references of preferences. See
// run/starting_scores.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "models/model.hpp"

namespace trainbus {

// Until they are known, the task's batches are made without them. One thread.
class TRAINBUS_EXPORT StartingScores {
 public:
  virtual ~StartingScores();
  // For people: "the reference log-probabilities of 1,200 pairs".
  virtual std::string name() const = 0;
  virtual std::size_t count() const = 0;  // of numbers
  // Computes them with the model's weights as they are. on_batch: (batches done, of how many) →
  // whether to go on; none: it said no.
  virtual std::optional<std::vector<float>> compute(
      const Model& model,
      const std::function<bool(std::int64_t, std::int64_t)>& on_batch) const = 0;
  // Batches have these from now on; count() of them.
  virtual void use(std::vector<float> scores) = 0;
};

}  // namespace trainbus
