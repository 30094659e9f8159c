#include "tasks/text_classification/text_classification.hpp"

namespace trainbus::tasks {

std::vector<Option> text_classification_schema() {
  std::vector<Option> schema;
  for (Option& option : prompt_classification_schema()) {
    if (option.name == "template") continue;
    if (option.name == "text-column") option.help = "column with the text";
    if (option.name == "deduplicate") option.help = "drop rows whose text was there before";
    if (option.name == "labels")
      option.help = "label values: rotten|fresh; without: those that the model's config.json names";
    schema.push_back(std::move(option));
  }
  return schema;
}

PromptClassificationOptions text_classification_options(const OptionValues& values) {
  PromptClassificationOptions options = prompt_data_options(values);
  options.words = false;
  options.prompt_template = "{text}";
  return options;
}

}  // namespace trainbus::tasks
