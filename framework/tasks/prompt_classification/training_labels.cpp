// Checks that the training examples have at least two labels.
#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {
namespace {

constexpr auto train = static_cast<std::size_t>(Part::Train);

std::string counts_of(const Dataset& dataset, std::size_t part) {
  std::string text;
  for (std::size_t i = 0; i < dataset.labels.size(); ++i)
    text += (i ? ", " : "") + dataset.labels[i].value + ' ' +
            thousands(dataset.parts[part].per_label[i]);
  return text;
}

// What happened to the rows with the missing labels, if the data had any.
std::string whereabouts(const Dataset& dataset) {
  std::string text;
  const char* names[] = {"", "validation", "test"};
  for (std::size_t part = 1; part < dataset.parts.size(); ++part)
    if (dataset.parts[part].examples() > 0)
      text += std::string("; ") + names[part] + ": " + counts_of(dataset, part);
  std::size_t contradictions = 0;
  for (const SourceReport& source : dataset.sources) contradictions += source.contradictions;
  if (contradictions > 0)
    text += "; " + counted(contradictions, "row") +
            " dropped since an equal text with another label came before";
  return text;
}

}  // namespace

std::string check_training_labels(const Dataset& dataset) {
  const std::vector<std::size_t>& counts = dataset.parts[train].per_label;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] == 0) missing.push_back(dataset.labels[i].value);
  if (missing.empty()) return {};
  const std::string found = "train: " + counts_of(dataset, train) + whereabouts(dataset);
  if (missing.size() + 1 >= counts.size())
    throw UsageError("all training examples have one label (" + found + ")", "--task.data",
                     "Give training rows of two labels or more.");
  return "no training example has the label " + quote_list(missing) + " (" + found +
         "): the model does not learn to answer it";
}

}  // namespace trainbus::tasks
