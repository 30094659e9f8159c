#include "tasks/prompt_classification/label_words.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {

LabelWords tokenize_label_words(std::span<const Label> labels, const TextEncoder& encode) {
  LabelWords words;
  for (const Label& label : labels) {
    std::vector<std::int32_t> ids = encode(label.word);
    if (ids.empty())
      throw UsageError("the word " + quote(label.word) + " of label " + quote(label.value) +
                           " has no token in this model's vocabulary",
                       "--task.labels", "Choose another word.");
    const auto same = std::find(words.tokens.begin(), words.tokens.end(), ids);
    if (same != words.tokens.end()) {
      const Label& other = labels[static_cast<std::size_t>(same - words.tokens.begin())];
      throw UsageError("the words " + quote(other.word) + " and " + quote(label.word) +
                           " are the same tokens for this model",
                       "--task.labels", "Choose words that differ in more than what it drops.");
    }
    words.tokens.push_back(std::move(ids));
  }
  words.single_token = std::all_of(words.tokens.begin(), words.tokens.end(),
                                   [](const auto& ids) { return ids.size() == 1; });
  return words;
}

}  // namespace trainbus::tasks
