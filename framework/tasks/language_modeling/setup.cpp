// Sets up language modeling: a decoder, and the texts as its tokens.
#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/files/model_files.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/example_setup.hpp"
#include "tasks/language_modeling/documents.hpp"
#include "tasks/language_modeling/language_task.hpp"
#include "tasks/language_modeling/task.hpp"
#include "tasks/task_setup.hpp"

namespace trainbus::tasks {
namespace {

class LanguageSetup final : public TaskSetup {
 public:
  using TaskSetup::TaskSetup;

  void load_data(bool) override {
    documents_ = read_documents(document_options(options()));
    summary_ = documents_.summary;
  }
  std::string summary() const override { return summary_; }

  TaskModel load_model() override {
    log::info("loading the model " + inputs_.model.string());
    LoadedModel loaded = load_language_model(inputs_.model, inputs_.format);
    TaskModel model{std::move(loaded.model), std::move(loaded.tokenizer)};
    if (reads_whole_texts(model))
      throw UsageError(
          "predicts masked tokens, language modeling needs a model that predicts the "
          "next one",
          "--model " + inputs_.model.string(),
          "Give a decoder, or take --task prompt-classification.");
    return model;
  }

  std::unique_ptr<Task> make_task(const TaskModel& model) override {
    const std::int64_t block = block_size(model);
    LanguageTaskOptions task{.batch_size = inputs_.batch_size,
                             .block_size = block,
                             .stride = stride(block),
                             .isolate = options().flag("isolate-documents"),
                             .evaluation_limit = inputs_.evaluation_limit,
                             .seed = inputs_.seed};
    const Tokenizer& tokenizer = *model.tokenizer;
    const TextEncoder encode = [&](std::string_view text) {
      return tokenizer.encode_beginning(text);
    };
    std::array<TokenLine, 3> lines;
    for (std::size_t i = 0; i < lines.size(); ++i)
      lines[i] = token_line(documents_.parts[i], encode, tokenizer.eos().value_or(-1));
    std::array<std::uint64_t, 3> tokens, documents;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      tokens[i] = lines[i].ids.size();
      documents[i] = lines[i].documents();
    }
    auto made = std::make_unique<LanguageTask>(std::move(lines), task);
    const char* names[] = {"train", "validation", "test"};
    for (std::size_t i = 0; i < tokens.size(); ++i)
      summary_ +=
          std::string(names[i]) + ": " + counted(documents[i], "document") + ", " +
          counted(tokens[i], "token") +
          (i == 0 ? ", " + counted(made->blocks(), "block") + " of " + std::to_string(block) : "") +
          '\n';
    inputs_.options.set("block-size", std::to_string(block), "the model");
    return made;
  }

 private:
  // The given size, which must fit the model; the default is limited to the model's positions.
  std::int64_t block_size(const TaskModel& model) const {
    const std::int64_t positions = dynamic_cast<const PretrainedModel&>(*model.model).positions();
    const std::int64_t asked = options().integer("block-size");
    if (positions == 0 || asked <= positions) return asked;
    if (options().is_default("block-size")) return positions;
    throw UsageError("is " + std::to_string(asked) + ", the model has " +
                         std::to_string(positions) + " positions",
                     "--task.block-size", "Give at most that many.");
  }
  std::int64_t stride(std::int64_t block) const {
    const std::int64_t asked = options().integer("stride");
    if (asked == 0) return block;
    if (asked > block)
      throw UsageError("is " + std::to_string(asked) + ", more than the block size, " +
                           std::to_string(block) + ": tokens between windows would not be scored",
                       "--task.stride", "Give at most that many.");
    return asked;
  }

  Documents documents_;
  std::string summary_;
};

}  // namespace

std::unique_ptr<TaskSetup> LanguageModeling::setup(TaskInputs inputs) {
  return std::make_unique<LanguageSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
