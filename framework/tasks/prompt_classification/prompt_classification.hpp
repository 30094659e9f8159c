// Prompt classification: labelled rows become prompts whose next words name the class.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/data/split.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"

namespace trainbus::tasks {

struct PromptClassificationOptions {
  std::filesystem::path data;             // training, and what is split off
  std::filesystem::path validation_data;  // a file of its own: nothing is split off for validation
  std::filesystem::path test_data;        // likewise for test
  std::string format = "auto";            // see TableReading, as is the separator
  std::string separator;
  std::string text_column = "text";
  std::string label_column = "label";
  std::string group_column;     // all rows of a group fall on one side; empty: the text column
  std::string labels;           // see parse_labels, or without words parse_class_names
  bool words = true;            // labels have words; without: text classification
  std::string prompt_template;  // see parse_prompt_template
  // Where the two were given, for messages.
  std::string labels_place = "--task.labels";
  std::string template_place = "--task.template";
  bool deduplicate = true;
  // Of the groups, in [0, 1). Without a value 0.1, or 0 where there is a file of its own.
  std::optional<double> validation_fraction;
  std::optional<double> test_fraction;
};

// values: of PromptClassification::options(), see task.hpp.
TRAINBUS_EXPORT PromptClassificationOptions
prompt_classification_options(const OptionValues& values);
// Where an option of a task was given, for messages: "--task.labels", or "run.ini:7: task.labels".
TRAINBUS_EXPORT std::string place_of(const OptionValues& values, std::string_view name);
// Only what says which data are read and how they are split.
TRAINBUS_EXPORT PromptClassificationOptions prompt_data_options(const OptionValues& values);

struct Example {
  std::string prompt;
  std::size_t text_begin = 0;  // in prompt: the part that may be cut when it is too long
  std::size_t text_size = 0;   // bytes
  std::uint32_t label = 0;     // index into Dataset::labels
  std::uint64_t line = 0;      // in its source file
  std::shared_ptr<const std::string> file;  // that it comes from, for messages; null: not known

  TRAINBUS_EXPORT std::string place() const;  // "reviews.csv:12"
};

// The prompt that a template makes of prepared values. value: of the column that piece i names. It
// throws nothing of its own; the example has no label and no place yet.
TRAINBUS_EXPORT Example make_example(const PromptTemplate& prompt, std::string_view text_column,
                                     const std::function<std::string_view(std::size_t i)>& value);

// What became of one file's rows; they sum to rows.
struct SourceReport {
  std::string file;
  std::size_t rows = 0;
  std::size_t kept = 0;
  std::map<std::string, std::size_t> unlisted;  // label values that `labels` does not list
  std::size_t without_text = 0;
  std::size_t duplicates = 0;      // an equal prompt was there before
  std::size_t contradictions = 0;  // those of the duplicates that had another label
};

struct PartReport {
  std::size_t groups = 0;
  std::vector<std::size_t> per_label;  // examples of each
  std::size_t examples() const;
  double majority_share() const;  // of the most frequent label; NaN without examples
};

struct Dataset {
  std::vector<Example> train, validation, test;  // each in the order of its file
  std::vector<Label> labels;
  std::vector<SourceReport> sources;  // test and validation files first, as they were read
  std::array<PartReport, 3> parts;    // indexed by Part

  std::vector<Example>& part(Part part);
};

// Reads the files and makes the examples.
// * Every value is prepared as prepare_text does it.
// * Rows whose label is not listed, and rows without text, are dropped and counted.
// * Deduplication drops examples whose prompt equals an earlier one's. Files of their own for test
//   and validation come first, so what they hold is not trained on.
// * The split is part_of(group). A row whose group is empty goes by its text.
// Throws UsageError for options that cannot be, files and columns that are not there, a value that
// is no text in a column that is used, a label that no row of `data` has, and a part that was asked
// for and stays empty.
TRAINBUS_EXPORT Dataset load_prompt_classification(const PromptClassificationOptions& options);

// Training needs examples of two classes or more. Throws UsageError if all training examples have
// one label, with the counts; else gives a sentence that names the labels without a training
// example, empty if there are none.
TRAINBUS_EXPORT std::string check_training_labels(const Dataset& dataset);

// What was read, dropped and why, and what each part holds; lines for people, each ended by '\n'.
TRAINBUS_EXPORT std::string summary(const Dataset& dataset);

}  // namespace trainbus::tasks
