// The options of preferences.
#include <trainbus/plugin/option_schema.hpp>

#include "tasks/preference/preference_options.hpp"
#include "tasks/preference/task.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<Option> Preference::options() {
  std::vector<Option> options;
  for (Option& each : PromptClassification::options()) {
    if (each.name == "preset" || each.name == "text-column" || each.name == "label-column" ||
        each.name == "labels")
      continue;
    if (each.name == "data") each.help = "pairs of answers: .csv, .tsv, .jsonl or .json";
    if (each.name == "template")
      each = option::text("template", "{prompt}",
                          "the prompt; empty: what both answers of a row begin with");
    if (each.name == "deduplicate") each.help = "drop rows that repeat an earlier one";
    if (each.name == "max-tokens")
      each = option::integer("max-tokens", "2048",
                             "longer prompts are cut on the left, then answers at their end")
                 .min(3)
                 .max(most_examples);
    options.push_back(std::move(each));
  }
  const std::vector<Option> own = {
      option::text("chosen", "chosen", "column with the better answer"),
      option::text("rejected", "rejected", "column with the worse answer"),
      option::text("answer-template", "{prompt} {answer}",
                   "prompt and answer together; what the prompt lacks is scored"),
      option::choice("answer-end", "token",
                     "what ends an answer: the model's end-of-text token, or nothing",
                     {"token", "none"}),
      option::choice("loss", "dpo",
                     "DPO; IPO, of means; SimPO, of means without a reference; or DPO without one",
                     {"dpo", "ipo", "simpo", "reference-free"}),
      option::real("beta", "0.1", "how strongly the model is held to its start; of SimPO 2 to 10")
          .min(1e-6)
          .max(1e6),
      option::real("gamma", "0.5", "of SimPO: the margin of the better answer's reward")
          .min(0)
          .max(1e6),
      option::real("label-smoothing", "0", "the share of pairs that may be the wrong way round")
          .min(0)
          .max(0.5),
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

ChoiceOptions pair_options(const OptionValues& values) {
  ChoiceOptions options;
  options.rows = prompt_data_options(values);
  options.rows.prompt_template = values.text("template");
  options.rows.template_place = place_of(values, "template");
  options.chosen = values.text("chosen");
  options.rejected = values.text("rejected");
  options.choice_template = values.text("answer-template");
  return options;
}

}  // namespace trainbus::tasks
