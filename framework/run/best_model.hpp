// Which evaluation of a run is the best so far.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "engine/evaluation/evaluation.hpp"

namespace trainbus {

// metric: "eval/NAME", a metric of the task on the validation split; empty: no model is the best.
class BestModel {
 public:
  // kinds: the task's metrics. Throws UsageError for an unknown name.
  BestModel(const std::string& metric, const std::vector<MetricKind>& kinds) {
    if (metric.empty()) return;
    std::string known;
    for (const MetricKind& kind : kinds) {
      if (metric == "eval/" + kind.name) name_ = kind.name;
      known += (known.empty() ? "" : " or ") + ("eval/" + kind.name);
    }
    if (name_.empty())
      throw UsageError("'" + metric + "' is no metric of an evaluation", "--keep-best",
                       "Give " + known + ".");
  }
  // Whether this evaluation is better than all before it. A value that is not finite is never
  // better.
  bool improved(const Evaluation& evaluation) {
    const Metric* metric = name_.empty() ? nullptr : evaluation.find(name_);
    if (!metric || !std::isfinite(metric->value)) return false;
    const double score = metric->better == Better::Lower ? -metric->value : metric->value;
    if (!(score > best_)) return false;
    best_ = score;
    return true;
  }

 private:
  std::string name_;
  double best_ = -INFINITY;
};

}  // namespace trainbus
