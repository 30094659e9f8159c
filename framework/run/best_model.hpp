// Which evaluation of a run is the best so far.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "engine/evaluation.hpp"

namespace trainbus {

// metric: eval/loss or eval/accuracy, of the validation split; empty: none is ever the best.
class BestModel {
 public:
  // Throws UsageError for another name.
  explicit BestModel(std::string metric) : metric_(std::move(metric)) {
    if (!metric_.empty() && metric_ != "eval/loss" && metric_ != "eval/accuracy")
      throw UsageError("'" + metric_ + "' is no metric of an evaluation", "--keep-best",
                       "Give eval/accuracy or eval/loss.");
  }
  // Whether this one is better than all before it. A score that is no number never is.
  bool improved(const Evaluation& evaluation) {
    if (metric_.empty() || !std::isfinite(evaluation.loss)) return false;
    const double score = metric_ == "eval/loss" ? -evaluation.loss : evaluation.accuracy;
    if (!(score > best_)) return false;
    best_ = score;
    return true;
  }

 private:
  std::string metric_;
  double best_ = -INFINITY;
};

}  // namespace trainbus
