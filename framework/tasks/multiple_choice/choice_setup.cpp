#include "tasks/multiple_choice/choice_setup.hpp"

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/files/model_files.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/example_setup.hpp"

namespace trainbus {

void ContinuationSetup::load_data(bool) {
  dataset_ = tasks::load_choices(data_options());
  summary_ = tasks::summary(dataset_);
}

TaskModel ContinuationSetup::load_model() {
  log::info("loading the model " + inputs_.model.string());
  LoadedModel loaded = load_language_model(inputs_.model, inputs_.format);
  TaskModel model{std::move(loaded.model), std::move(loaded.tokenizer)};
  const Words words = refusal_of_encoders();
  if (reads_whole_texts(model))
    throw UsageError(std::string("the model predicts masked words, and ") + words.what,
                     inputs_.model.string(), words.remedy);
  return model;
}

tasks::TextEncoder ContinuationSetup::encoder_of(const TaskModel& model) {
  return [&tokenizer = *model.tokenizer](std::string_view text) {
    return tokenizer.encode_beginning(text);
  };
}

std::int64_t ContinuationSetup::settle_max_tokens(const TaskModel& model) {
  const auto& pretrained = dynamic_cast<const PretrainedModel&>(*model.model);
  const std::int64_t most = max_tokens_of(options(), pretrained.positions());
  inputs_.options.set("max-tokens", std::to_string(most), "the model");
  return most;
}

void ContinuationSetup::report_cut(std::size_t examples, const char* where) {
  if (examples > 0)
    summary_ += "texts of " + tasks::counted(examples, "example") + " were cut to " +
                options().text("max-tokens") + " tokens, " + where + "\n";
}

}  // namespace trainbus
