// Multiple choice: a row becomes a prompt, and a text for each of its options.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/data/table.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"

namespace trainbus::tasks {

struct ChoiceOptions {
  // Files, splits, samples, label column; `labels`: the same options for every row, value: option.
  PromptClassificationOptions rows;
  // The options of a row: columns separated by '|', or one column with an array. Either this or
  // rows.labels or answers is given.
  std::string choices;
  // Instead of options: the column with a row's right answers, a text or an array, of which the
  // first is its one option, {answer} in choice_template. "a|b": the first of them that there is.
  std::string answers;
  // Instead of options: the columns with the better and the worse answer of a row, which are its
  // two options, {answer} in choice_template; the first is right. Without a prompt_template the
  // prompt is what both begin with, up to a blank or a line end.
  // Where a column holds chat messages, an answer is the last one's content, and without a
  // prompt_template the prompt is the better answer's messages before; see dialogue().
  std::string chosen, rejected;
  bool label_is_text = false;  // the label is the text of an option, or an array; else its index
  bool has_pairs() const { return !chosen.empty(); }
  bool has_options() const { return answers.empty() && chosen.empty(); }
  std::string choice_template = "{prompt} {option}";
  std::string calibration_template;
  std::string calibration_choice_template = "{option}";
  std::size_t demonstrations = 0;  // training examples before every prompt of an evaluation
};

// values: for MultipleChoice::options(), see task.hpp.
TRAINBUS_EXPORT ChoiceOptions choice_options(const OptionValues& values);

// Texts with one ending each: an option is what a text has more than the prompt.
struct ChoiceTexts {
  std::string prompt;
  std::vector<std::string> texts;  // of each option
};

struct ChoiceExample {
  ChoiceTexts choices;
  ChoiceTexts calibration;                  // the same options without the example
  std::vector<std::uint32_t> right;         // indices of options; the first one is trained on
  std::vector<std::string> references;      // all right answers, where rows have them
  std::uint64_t line = 0;                   // in its source file
  std::shared_ptr<const std::string> file;  // for messages; null: unknown

  TRAINBUS_EXPORT std::string place() const;  // "copa.jsonl:12"
};

// Messages as a plain text: of one its content; of several "User: …\n\nAssistant: …\n\n" and, at
// the end, how the answer begins, "Assistant:".
TRAINBUS_EXPORT std::string dialogue(std::span<const Message> messages);

// Makes the examples of a table, which must outlive it, as must the options.
class TRAINBUS_EXPORT ChoiceReader {
 public:
  // In templates of texts {prompt} is the prompt and {option} the option; both may have filters.
  // Throws UsageError for options that contradict each other, bad templates and missing columns.
  ChoiceReader(const Table& table, const ChoiceOptions& options);

  // None: no option of the row is right, since its label is not listed, is no index of an option,
  // or is the text of none; or it has no answer; or its two answers are equal, or one is empty.
  // Throws UsageError, with the row's place, for a row without options and for values that cannot
  // be used.
  std::optional<ChoiceExample> example(std::size_t row) const;
  // The label as it is written, for the report on rows without a right option.
  std::string label(std::size_t row) const;

 private:
  struct Bound {
    PromptTemplate form;
    std::vector<std::size_t> columns;
  };
  Bound bind(const std::string& text, const std::string& where, bool of_choice) const;
  std::string fill(const Bound& bound, std::size_t row, std::string_view prompt,
                   std::string_view option) const;
  std::optional<ChoiceExample> answered(std::size_t row) const;
  std::optional<ChoiceExample> paired(std::size_t row) const;
  // A cell's text, or its messages as one.
  std::string text_of(std::size_t row, std::size_t column) const;
  ChoiceTexts texts(const Bound& prompt, const Bound& choice, std::size_t row,
                    const std::vector<std::string>& options) const;
  std::vector<std::string> options_of(std::size_t row) const;
  std::vector<std::string> answers_of(std::size_t row) const;
  std::vector<std::uint32_t> right_of(std::size_t row,
                                      const std::vector<std::string>& options) const;

  const Table& table_;
  const ChoiceOptions& options_;
  std::shared_ptr<const std::string> file_;
  std::vector<Label> labels_;         // the same options for every row; or none
  std::vector<std::size_t> choices_;  // columns of the row's own options
  std::size_t label_ = 0;             // or the column of its answers
  Bound prompt_, choice_, calibration_, calibration_choice_;
};

struct ChoiceDataset {
  std::vector<ChoiceExample> train, validation, test;
  std::vector<SourceReport> sources;  // in reading order: test and validation files first
  bool has_answers = false;           // see ChoiceOptions::answers
  bool has_pairs = false;             // see ChoiceOptions::chosen
};

// Puts demonstrations before the prompt and the texts of an example, for in-context learning as
// published (arXiv 2305.17333): their right texts, without white space at both ends, with an empty
// line between them. The calibration stays as it is.
TRAINBUS_EXPORT void put_demonstrations(std::span<const ChoiceExample> demonstrations,
                                        ChoiceExample& example);

// Reads the files as load_prompt_classification does: drops rows without a right option and, where
// asked, repeated ones; splits by groups (without a group column by the prompt) or draws samples.
// The first training examples are put before those of validation and test as demonstrations, if any
// are asked for.
// Throws UsageError, also for a part that was asked for and stays empty.
TRAINBUS_EXPORT ChoiceDataset load_choices(const ChoiceOptions& options);
// For users; each line ends with '\n'.
TRAINBUS_EXPORT std::string summary(const ChoiceDataset& dataset);

}  // namespace trainbus::tasks
