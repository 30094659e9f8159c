// A summary of what was read and how it was split, for users.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "tasks/data/message_text.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {
namespace {

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string percent(double share) {
  if (std::isnan(share)) return "-";
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%.1f %%", 100 * share);
  return buffer;
}

// The listed label that an unlisted value almost equals, and the difference.
std::string almost_a_label(const std::string& value, const std::vector<Label>& labels) {
  for (const Label& label : labels)
    if (const std::string how = likeness(value, label.value); !how.empty())
      return " (" + quote(label.value) + ' ' + how + ')';
  return {};
}

// `"plot" 1,097, "" 3`: the most frequent first, five at most.
std::string frequent(const std::map<std::string, std::size_t>& counts,
                     const std::vector<Label>& labels) {
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr std::size_t most = 5;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, sorted.size()); ++i)
    out += (i ? ", " : "") + quote(sorted[i].first) + ' ' + thousands(sorted[i].second) +
           almost_a_label(sorted[i].first, labels);
  if (sorted.size() > most) out += ", " + counted(sorted.size() - most, "other value");
  return out;
}

std::string source_lines(const SourceReport& source, const std::vector<Label>& labels,
                         std::string_view unit) {
  std::size_t unlisted = 0;
  for (const auto& [value, count] : source.unlisted) unlisted += count;
  const auto dropped = [](std::size_t count, const std::string& why) {
    return count ? "  " + thousands(count) + " dropped: " + why + '\n' : std::string();
  };
  const std::string contradictions =
      source.contradictions ? " (" + thousands(source.contradictions) + " with another label)" : "";
  return source.file + ": " + counted(source.rows, "row") + ", " + thousands(source.kept) +
         " kept\n" +
         dropped(unlisted, "the label is not listed (" + frequent(source.unlisted, labels) + ")") +
         dropped(source.without_text, "there is no text") +
         dropped(source.duplicates,
                 "an equal " + std::string(unit) + " came before" + contradictions) +
         dropped(source.not_drawn, "not among the samples that were drawn");
}

std::string part_line(const std::string& name, const PartReport& part,
                      const std::vector<Label>& labels) {
  std::string line = left(name, 10) + right(thousands(part.examples()), 10) +
                     right(thousands(part.groups), 9) + right(percent(part.majority_share()), 10) +
                     "  ";
  for (std::size_t i = 0; i < labels.size(); ++i)
    line += (i ? ", " : "") + labels[i].value + ' ' + thousands(part.per_label[i]);
  return line + '\n';
}

}  // namespace

std::size_t PartReport::examples() const {
  std::size_t sum = 0;
  for (const std::size_t count : per_label) sum += count;
  return sum;
}

double PartReport::majority_share() const {
  if (examples() == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(*std::max_element(per_label.begin(), per_label.end())) /
         static_cast<double>(examples());
}

std::string summary(const Dataset& dataset) {
  const bool words = !dataset.labels.empty() && !dataset.labels.front().word.empty();
  std::string out;
  for (const SourceReport& source : dataset.sources)
    out += source_lines(source, dataset.labels, words ? "prompt" : "text");
  out += "part        examples   groups  majority  labels\n";
  const std::array<std::string, 3> names = {"train", "validation", "test"};
  for (std::size_t i = 0; i < names.size(); ++i)
    out += part_line(names[i], dataset.parts[i], dataset.labels);
  if (!words) return out;
  out += "words:";
  for (std::size_t i = 0; i < dataset.labels.size(); ++i)
    out += (i ? ", " : " ") + dataset.labels[i].value + " = " + quote(dataset.labels[i].word);
  return out + '\n';
}

}  // namespace trainbus::tasks
