// The options of question answering.
#include <trainbus/plugin/option_schema.hpp>

#include "core/io/error.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/question_answering/answer_options.hpp"
#include "tasks/question_answering/task.hpp"
#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<Option> QuestionAnswering::options() {
  std::vector<Option> options;
  for (Option& each : PromptClassification::options()) {
    if (each.name == "text-column" || each.name == "label-column" || each.name == "labels")
      continue;
    if (each.name == "data") each.help = "prompts and answers: .csv, .tsv, .jsonl or .json";
    if (each.name == "template")
      each.help = "the prompt: {context}\\nQuestion: {question}\\nAnswer:";
    if (each.name == "deduplicate") each.help = "drop rows that repeat an earlier one";
    if (each.name == "max-tokens")
      each = option::integer("max-tokens", "2048", "longer texts are cut on the left")
                 .min(2)
                 .max(most_examples);
    options.push_back(std::move(each));
  }
  const std::vector<Option> own = {
      option::text("answers-column", "answers",
                   "column with the answer, or an array of right ones; the first is learnt. "
                   "a|b: the first of these columns that there is"),
      option::text("answer-template", "",
                   "prompt and answer together, what is scored is what the prompt lacks; default: "
                   "{prompt} {answer}, and the answer's end"),
      option::choice("answer-end", "line",
                     "what ends an answer: a line end, or the model's end-of-text token",
                     {"line", "token"}),
      option::flag("chat", "no",
                   "the prompt is a user's message and the answer the assistant's, as the model's "
                   "chat template writes them; it ends the answer"),
      option::integer("demonstrations", "0",
                      "training examples that are shown before each validation and test prompt")
          .min(0)
          .max(most_examples),
      option::flag("generate", "yes", "evaluations generate answers, for exact match and F1"),
      option::integer("max-new-tokens", "50", "of a generated answer").min(1).max(most_examples),
      option::real("temperature", "0", "of generated answers; 0: the most probable token")
          .min(0)
          .max(100),
      option::integer("top-k", "0", "draw from the k most probable tokens; 0: from all")
          .min(0)
          .max(most_examples),
      option::real("top-p", "1", "draw from the most probable tokens that together reach p")
          .min(1e-6)
          .max(1),
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

ChoiceOptions answer_options(const OptionValues& values) {
  ChoiceOptions options;
  options.rows = prompt_data_options(values);
  options.rows.prompt_template = values.text("template");
  options.rows.template_place = place_of(values, "template");
  options.answers = values.text("answers-column");
  options.choice_template = answer_template(values);
  options.demonstrations = static_cast<std::size_t>(values.integer("demonstrations"));
  return options;
}

std::string answer_template(const OptionValues& values) {
  const std::string& given = values.text("answer-template");
  if (values.flag("chat")) {
    // The template of the model says what stands around both.
    for (const char* name : {"answer-template", "answer-end", "demonstrations"})
      if (!values.is_default(name))
        throw UsageError("is given with --task.chat, whose template says how an answer follows",
                         "--task." + std::string(name), "Leave one of them out.");
    return "{answer}";
  }
  if (!given.empty()) return given;
  return values.text("answer-end") == "line" ? "{prompt} {answer}\\n" : "{prompt} {answer}";
}

}  // namespace trainbus::tasks
