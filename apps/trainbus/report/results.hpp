// The results of each run, and which run is best.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/run.hpp"

namespace trainbus::report {

enum class Better { Lower, Higher };

struct Result {
  double first = 0, last = 0, best = 0;
  double best_step = 0;
};

// One metric over all runs.
struct ResultRow {
  std::string name;
  std::optional<Better> better;                // none: unknown
  std::vector<std::optional<Result>> results;  // one a run
};

// Evaluation metrics (eval/…, test/…) and the training loss, whose last value is the mean of the
// last tenth of its steps. Only finite values count.
std::vector<ResultRow> results_of(std::span<const Run> runs);

// Summary sentences: what the runs were, how they ended and which is best.
std::vector<std::string> headline(std::span<const Run> runs);

}  // namespace trainbus::report
