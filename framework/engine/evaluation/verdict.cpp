#include "engine/evaluation/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>

namespace trainbus {
namespace {

using Sentence = std::optional<std::string>;

std::string number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

// "0.6718 before, 0.6721 after": four digits, or as many as tell the two apart.
std::string before_and_after(double before, double after) {
  int digits = 4;
  while (digits < 17 && number(before, digits) == number(after, digits)) ++digits;
  return number(before, digits) + " before, " + number(after, digits) + " after";
}

Sentence worse(const std::string& what, double before, double after, bool is_worse) {
  if (!std::isfinite(after)) return "the " + what + " is not finite after the run";
  if (!is_worse) return std::nullopt;
  return "the " + what + " is worse than at the start: " + before_and_after(before, after);
}

// objective: as --objective names it, a metric with '_' in place of '-'.
Sentence worse(const std::string& split, std::string objective, const Evaluation& before,
               const Evaluation& after) {
  if (before.metrics.empty() || after.metrics.empty()) return std::nullopt;
  std::ranges::replace(objective, '-', '_');
  const bool has_it = before.find(objective) && after.find(objective);
  const Metric& first = has_it ? *before.find(objective) : before.metrics.front();
  const Metric& last = has_it ? *after.find(objective) : after.metrics.front();
  const bool is_worse =
      first.better == Better::Lower ? last.value > first.value : last.value < first.value;
  return worse(split + " " + last.name, first.value, last.value, is_worse);
}

// Training losses are of different batches, so a rise counts only if it is by half.
Sentence worse(const LossTrend& loss) {
  if (!loss.first()) return std::nullopt;
  return worse("training loss", *loss.first(), *loss.last(), *loss.last() > 1.5 * *loss.first());
}

Sentence ended_worse(const TrainResult& r) {
  if (r.test_before && r.test_after)
    return worse("test", r.objective, *r.test_before, *r.test_after);
  if (r.first_validation && r.last_validation)
    if (const Sentence found = worse("validation", r.objective, *r.first_validation, *r.last_validation))
      return found;
  if (r.objective != "loss") return std::nullopt;  // a reward may be negative
  return worse(r.loss);
}

Sentence constant_answers(const std::string& split, const Evaluation& evaluation) {
  const auto classes = static_cast<std::size_t>(evaluation.classes);
  const std::size_t examples = evaluation.labels.size();
  if (classes < 2 || examples < 2 || evaluation.unscored > 0) return std::nullopt;
  bool all_equal = true, one_answer = true;
  std::size_t answer = 0;
  for (std::size_t i = 0; i < examples; ++i) {
    const std::span<const float> scores(evaluation.scores.data() + i * classes, classes);
    const auto [least, most] = std::ranges::minmax_element(scores);
    all_equal &= *least == *most;
    const auto here = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
    if (i == 0) answer = here;
    one_answer &= here == answer;
  }
  const std::string count = std::to_string(examples) + " " + split + " examples";
  if (all_equal)
    return "the scores of all classes are equal for all " + count +
           ": the model tells nothing apart";
  const bool one_label = std::ranges::all_of(
      evaluation.labels, [&](std::int64_t label) { return label == evaluation.labels.front(); });
  if (!one_answer || one_label) return std::nullopt;
  return "the answer is always the same: class " + std::to_string(answer) + " for all " + count;
}

}  // namespace

std::vector<std::string> verdict(const TrainResult& result) {
  std::vector<std::string> sentences;
  const auto add = [&](const Sentence& sentence) {
    if (sentence) sentences.emplace_back(*sentence);
  };
  if (result.nothing_was_learned())
    add("no update was applied: no step had a finite loss and gradient");
  else
    add(ended_worse(result));
  if (result.test_after)
    add(constant_answers("test", *result.test_after));
  else if (result.last_validation)
    add(constant_answers("validation", *result.last_validation));
  if (!sentences.empty())
    sentences.emplace_back(
        "try a smaller learning rate: `trainbus probe` with the options of this run measures which "
        "ones suit it");
  return sentences;
}

}  // namespace trainbus
