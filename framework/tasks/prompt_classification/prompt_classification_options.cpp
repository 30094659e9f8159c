// The options of prompt classification as users see them.
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {
namespace {

std::optional<double> real_or_none(const OptionValues& values, std::string_view name) {
  if (values.is_default(name)) return std::nullopt;
  return values.real(name);
}

}  // namespace

std::vector<Option> prompt_classification_schema() {
  const auto fraction = [](std::string name, std::string help) {
    return Option{std::move(name), "real", "0.1", std::move(help), 0, 0.99};
  };
  return {
      {"data", "path", "", "labelled text: .csv, .tsv, .jsonl or .json"},
      {"validation-data", "path", "", "a file of its own for validation"},
      {"test-data", "path", "", "a file of its own for the test"},
      {"format", "choice", "auto", "of the files", 1, 0, {"auto", "csv", "tsv", "jsonl", "json"}},
      {"separator", "text", "", "between the cells of a CSV file: ';', tab; without: the comma"},
      {"text-column", "text", "text", "column with the text, {text} in the template"},
      {"label-column", "text", "label", "column with the label"},
      {"group-column", "text", "", "keep rows of one group on one side of the split"},
      {"labels", "text", "", "label values and their words: rotten: Negative|fresh: Positive"},
      {"template", "text", "", "the prompt: Review: {text}\\nSentiment:"},
      {"deduplicate", "bool", "true", "drop rows whose prompt was there before"},
      fraction("validation-fraction", "share of the groups that is kept for validation"),
      fraction("test-fraction", "share of the groups that is kept for the test"),
  };
}

std::string place_of(const OptionValues& values, std::string_view name) {
  const std::string& source = values.value(name).source;
  const std::string option = values.prefix() + "." + std::string(name);
  const bool in_a_file = source != "command line" && source != "default";
  return in_a_file ? source + ": " + option : "--" + option;
}

PromptClassificationOptions prompt_data_options(const OptionValues& values) {
  return {
      .data = values.text("data"),
      .validation_data = values.text("validation-data"),
      .test_data = values.text("test-data"),
      .format = values.text("format"),
      .separator = values.text("separator"),
      .text_column = values.text("text-column"),
      .label_column = values.text("label-column"),
      .group_column = values.text("group-column"),
      .labels = values.text("labels"),
      .labels_place = place_of(values, "labels"),
      .deduplicate = values.flag("deduplicate"),
      .validation_fraction = real_or_none(values, "validation-fraction"),
      .test_fraction = real_or_none(values, "test-fraction"),
  };
}

PromptClassificationOptions prompt_classification_options(const OptionValues& values) {
  PromptClassificationOptions options = prompt_data_options(values);
  options.prompt_template = values.text("template");
  options.template_place = place_of(values, "template");
  return options;
}

}  // namespace trainbus::tasks
