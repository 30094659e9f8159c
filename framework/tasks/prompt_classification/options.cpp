// The options of prompt classification.
#include <trainbus/plugin/option_schema.hpp>

#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/task_bounds.hpp"
#include "tasks/templates/presets.hpp"

namespace trainbus::tasks {
namespace {

std::optional<double> real_or_none(const OptionValues& values, std::string_view name) {
  if (values.is_default(name)) return std::nullopt;
  return values.real(name);
}

}  // namespace

std::vector<Option> PromptClassification::options() {
  const auto fraction = [](const char* name, const char* help) {
    return option::real(name, "0.1", help).min(0).max(0.99);
  };
  std::vector<Option> options = {
      preset_option(),
      option::path("data", "", "labelled text: .csv, .tsv, .jsonl or .json"),
      option::path("validation-data", "", "separate file for validation"),
      option::path("test-data", "", "separate file for the test"),
      option::choice("format", "auto", "format of the files",
                     {"auto", "csv", "tsv", "jsonl", "json"}),
      option::text("separator", "", "cell separator of a CSV file: ';', tab; default: the comma"),
      option::text("text-column", "text", "column with the text, {text} in the template"),
      option::text("label-column", "label", "column with the label"),
      option::text("group-column", "", "keep rows of one group on one side of the split"),
      option::text("labels", "", "label values and their words: rotten: Negative|fresh: Positive"),
      option::text("template", "", "the prompt: Review: {text}\\nSentiment:"),
      option::flag("deduplicate", "true", "drop rows that repeat an earlier prompt"),
      fraction("validation-fraction", "share of the groups held out for validation"),
      fraction("test-fraction", "share of the groups held out for the test"),
      option::integer("max-tokens", "256", "the text of longer prompts is cut")
          .min(1)
          .max(most_examples),
  };
  const std::vector<Option> sampling = sampling_options();
  options.insert(options.end() - 1, sampling.begin(), sampling.end());
  return options;
}

std::string place_of(const OptionValues& values, std::string_view name) {
  const std::string& source = values.value(name).source;
  const std::string option = values.prefix() + "." + std::string(name);
  const bool in_a_file = source != "command line" && source != "default";
  return in_a_file ? source + ": " + option : "--" + option;
}

PromptClassificationOptions prompt_data_options(const OptionValues& values) {
  const auto text = [&](const char* name) { return values.has(name) ? values.text(name) : ""; };
  return {
      .data = values.text("data"),
      .validation_data = values.text("validation-data"),
      .test_data = values.text("test-data"),
      .format = values.text("format"),
      .separator = values.text("separator"),
      .text_column = text("text-column"),
      .label_column = text("label-column"),
      .group_column = values.text("group-column"),
      .labels = text("labels"),
      .labels_place = values.has("labels") ? place_of(values, "labels") : "",
      .deduplicate = values.flag("deduplicate"),
      .validation_fraction = real_or_none(values, "validation-fraction"),
      .test_fraction = real_or_none(values, "test-fraction"),
      .sampling = sampling_of(values),
  };
}

PromptClassificationOptions prompt_classification_options(const OptionValues& values) {
  PromptClassificationOptions options = prompt_data_options(values);
  options.prompt_template = values.text("template");
  options.template_place = place_of(values, "template");
  return options;
}

}  // namespace trainbus::tasks
