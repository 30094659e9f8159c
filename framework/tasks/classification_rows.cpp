#include "tasks/classification_rows.hpp"

#include <cmath>
#include <cstdio>

#include "metrics/classification_metrics.hpp"

namespace trainbus {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[128];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string threshold_text(const metrics::BestThreshold& best) {
  if (std::isinf(best.threshold)) return format("%.4f by the same answer for all", best.accuracy);
  return format("%.4f at a score difference of %.4f", best.accuracy, best.threshold);
}

}  // namespace

std::vector<ResultRow> classification_rows(const Evaluation& evaluation) {
  const std::vector<std::uint32_t> labels(evaluation.labels.begin(), evaluation.labels.end());
  const metrics::Scores scores{evaluation.scores, static_cast<std::size_t>(evaluation.classes)};
  const double majority = metrics::majority_share(labels, scores.classes);
  std::vector<ResultRow> rows = {
      {"accuracy", format("%.4f", evaluation.value("accuracy"))},
      {"balanced accuracy", format("%.4f", evaluation.value("balanced_accuracy"))},
      {"macro F1", format("%.4f", evaluation.value("macro_f1"))},
      {"Matthews correlation", format("%.4f", evaluation.value("matthews"))},
      {"cross-entropy", format("%.4f nats", evaluation.value("loss"))},
      {"majority class", format("%.4f", majority)},
  };
  if (const auto answer = metrics::constant_answer(scores))
    rows.push_back({"answers", format("the same for all examples: class %u", *answer)});
  if (scores.classes != 2) return rows;
  if (majority == 1) {
    rows.push_back({"area under ROC curve", "not defined: all examples are of one class"});
    return rows;
  }
  rows.push_back({"area under ROC curve", format("%.4f", metrics::auc(scores, labels))});
  rows.push_back({"best threshold", threshold_text(metrics::best_threshold(scores, labels))});
  return rows;
}

}  // namespace trainbus
