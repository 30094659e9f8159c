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
#include "tasks/data/sampling.hpp"
#include "tasks/data/split.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"

namespace trainbus::tasks {

struct PromptClassificationOptions {
  std::filesystem::path data;             // training, and the parts split off from it
  std::filesystem::path validation_data;  // none is split off then
  std::filesystem::path test_data;        // likewise for test
  std::string format = "auto";            // see TableReading, also for separator
  std::string separator;
  std::string text_column = "text";
  std::string label_column = "label";
  std::string group_column;     // all rows of a group are in one part; empty: the text column
  std::string labels;           // see parse_labels, or without words parse_class_names
  bool words = true;            // labels have words; without: text classification
  std::string prompt_template;  // see parse_prompt_template
  // Where labels and prompt_template were given, for messages.
  std::string labels_place = "--task.labels";
  std::string template_place = "--task.template";
  bool deduplicate = true;
  // Share of the groups, in [0, 1). Default: 0.1, or 0 if the part has its own file.
  std::optional<double> validation_fraction;
  std::optional<double> test_fraction;
  // In place of fractions: how many examples each part gets.
  Sampling sampling;
};

// values: for PromptClassification::options(), see task.hpp.
TRAINBUS_EXPORT PromptClassificationOptions
prompt_classification_options(const OptionValues& values);
// Where a task's option was given, for messages: "--task.labels", or "run.ini:7: task.labels".
TRAINBUS_EXPORT std::string place_of(const OptionValues& values, std::string_view name);
// Only the options that say which data are read and how they are split.
TRAINBUS_EXPORT PromptClassificationOptions prompt_data_options(const OptionValues& values);

// Shares of the groups that are held out of the training file: those of the options, or the
// defaults.
struct Fractions {
  double validation = 0, test = 0;
};
// Throws UsageError for fractions that leave nothing to train on, that contradict a file of a
// part's own or a sampling, and for a sampling without its file.
Fractions fractions_of(const PromptClassificationOptions& options);

struct Example {
  std::string prompt;
  std::size_t text_begin = 0;               // in prompt: the part that may be cut
  std::size_t text_size = 0;                // bytes
  std::uint32_t label = 0;                  // index into Dataset::labels
  std::uint64_t line = 0;                   // in its source file
  std::shared_ptr<const std::string> file;  // source file, for messages; null: unknown

  TRAINBUS_EXPORT std::string place() const;  // "reviews.csv:12"
};

// Fills a template with values. value(i): of the column that piece i names. Throws what value and
// the template's filters throw; the example has no label and no place yet. place: of its row, for
// messages.
TRAINBUS_EXPORT Example make_example(const PromptTemplate& prompt, std::string_view text_column,
                                     const std::function<std::string_view(std::size_t i)>& value,
                                     RowPlace place = {});

// The rows of one file, counted by outcome; the counts sum to rows.
struct SourceReport {
  std::string file;
  std::size_t rows = 0;
  std::size_t kept = 0;
  std::map<std::string, std::size_t> unlisted;  // label values that `labels` does not list
  std::size_t without_text = 0;
  std::size_t duplicates = 0;      // an equal prompt came before
  std::size_t contradictions = 0;  // duplicates with another label
  std::size_t not_drawn = 0;       // sampling left them out
};

struct PartReport {
  std::size_t groups = 0;
  std::vector<std::size_t> per_label;  // examples of each
  std::size_t examples() const;
  double majority_share() const;  // of the most frequent label; NaN without examples
};

struct Dataset {
  std::vector<Example> train, validation, test;  // each in the order of its file, or as drawn
  std::vector<Label> labels;
  std::vector<SourceReport> sources;  // in reading order: test and validation files first
  std::array<PartReport, 3> parts;    // indexed by Part

  std::vector<Example>& part(Part part);
};

// Reads the files and makes the examples.
// * Every value is prepared as prepare_text does it.
// * Rows with an unlisted label and rows without text are dropped and counted.
// * Deduplication drops examples whose prompt equals an earlier one's. Separate test and validation
//   files are read first, so their examples are not trained on.
// * The split is part_of(group). A row with an empty group is split by its text. With sampling
//   nothing is split by groups, and every part's examples are in the order in which they were
//   drawn.
// Throws UsageError for invalid options, missing files and columns, a value that is not text in a
// column that is used, a label that no row of `data` has, and a requested part that stays empty.
TRAINBUS_EXPORT Dataset load_prompt_classification(const PromptClassificationOptions& options);

// Training needs examples of two or more classes. Throws UsageError, with the counts, if all
// training examples have one label; else returns a sentence that names the labels without a
// training example, empty if there are none.
TRAINBUS_EXPORT std::string check_training_labels(const Dataset& dataset);

// A summary for users: rows read and dropped, with the reason, and the size of each part. Each line
// ends with '\n'.
TRAINBUS_EXPORT std::string summary(const Dataset& dataset);

}  // namespace trainbus::tasks
