// The options of multiple choice.
#include <trainbus/plugin/option_schema.hpp>

#include "tasks/multiple_choice/choice_examples.hpp"
#include "tasks/multiple_choice/task.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<Option> MultipleChoice::options() {
  std::vector<Option> options;
  for (Option& each : PromptClassification::options()) {
    if (each.name == "text-column") continue;
    if (each.name == "labels")
      each.help = "the same options in every row, by label value: 0:No|1:Yes";
    if (each.name == "label-column") each.help = "column that says which option is right";
    if (each.name == "template") each.help = "the prompt, before every option: {premise|rstrip} so";
    if (each.name == "deduplicate") each.help = "drop rows that repeat an earlier one";
    if (each.name == "max-tokens")
      each = option::integer("max-tokens", "2048", "longer texts are cut on the left")
                 .min(2)
                 .max(most_examples);
    options.push_back(std::move(each));
  }
  const std::vector<Option> own = {
      option::text("choices", "", "a row's own options: columns a|b|c, or a column with an array"),
      option::choice("label-kind", "index", "what the label is: an option's index from 0 or text",
                     {"index", "text"}),
      option::text("choice-template", "{prompt} {option}",
                   "the whole text of an option; what the prompt lacks is scored"),
      option::choice("score", "mean",
                     "an option's score: mean or sum of its tokens' log-probabilities, or the sum "
                     "less that of the option without its example",
                     {"mean", "sum", "calibrated"}),
      option::text("calibration-template", "", "calibrated: the prompt without the example"),
      option::text("calibration-choice-template", "{option}",
                   "calibrated: an option's text without the example"),
      option::integer("demonstrations", "0",
                      "training examples that are shown before each validation and test prompt")
          .min(0)
          .max(most_examples),
      option::choice("loss", "choices",
                     "cross-entropy over the options' means, or of the right answer's tokens",
                     {"choices", "answer"}),
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

ChoiceOptions choice_options(const OptionValues& values) {
  ChoiceOptions options;
  options.rows = prompt_data_options(values);
  options.rows.prompt_template = values.text("template");
  options.rows.template_place = place_of(values, "template");
  options.choices = values.text("choices");
  options.label_is_text = values.text("label-kind") == "text";
  options.choice_template = values.text("choice-template");
  options.calibration_template = values.text("calibration-template");
  options.calibration_choice_template = values.text("calibration-choice-template");
  options.demonstrations = static_cast<std::size_t>(values.integer("demonstrations"));
  return options;
}

}  // namespace trainbus::tasks
