#include "tasks/text_classification/text_classification.hpp"

#include "tasks/prompt_classification/task.hpp"
#include "tasks/text_classification/task.hpp"

namespace trainbus::tasks {

std::vector<Option> TextClassification::options() {
  std::vector<Option> options;
  for (Option& option : PromptClassification::options()) {
    if (option.name == "template" || option.name == "preset") continue;
    if (option.name == "text-column") option.help = "column with the text";
    if (option.name == "deduplicate") option.help = "drop rows that repeat an earlier text";
    if (option.name == "max-tokens") option.help = "longer texts are cut at their end";
    if (option.name == "labels")
      option.help = "label values: rotten|fresh; default: those of the model's config.json";
    options.push_back(std::move(option));
  }
  return options;
}

PromptClassificationOptions text_classification_options(const OptionValues& values) {
  PromptClassificationOptions options = prompt_data_options(values);
  options.words = false;
  options.prompt_template = "{text}";
  return options;
}

}  // namespace trainbus::tasks
