#include "peers.hpp"

#include "published_models.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"
#include "tasks/text_classification/text_batches.hpp"

namespace trainbus::bench {
namespace {

// The batch that this order of the training examples begins with.
const ExampleTaskOptions drawn{.batch_size = 16, .seed = 42};

tasks::Dataset dataset(const std::filesystem::path& reviews, const std::string& prompt_template) {
  tasks::PromptClassificationOptions options;
  options.data = reviews;
  options.label_column = "category";
  options.group_column = "movie_name";
  options.labels = "rotten: Negative|fresh: Positive";
  options.prompt_template = prompt_template;
  return tasks::load_prompt_classification(options);
}

}  // namespace

Peers smollm2_peers(const std::filesystem::path& model, const std::filesystem::path& reviews) {
  Peers peers{"SmolLM2-135M", load_language_model(model), {}, 0, {}};
  const Tokenizer& tokenizer = *peers.loaded.tokenizer;
  const PromptTask task(
      dataset(reviews, "Review: {text}\\nSentiment:"),
      [&](std::string_view text) { return tokenizer.encode(text); }, drawn);
  peers.batch = task.train_batch(0, 0);
  const at::Tensor& words = peers.batch.candidate_ids;
  const auto* first = words.const_data_ptr<std::int64_t>();
  const PaddedBatch padded = pad_for_language_model(peers.batch, {first, first + words.numel()});
  peers.padded_tokens = padded.ids.numel();
  peers.published_loss =
      [padded, &config = peers.loaded.model->config()](const std::vector<at::Tensor>& w) {
        return published_llama_loss(w, config, padded);
      };
  return peers;
}

Peers minilm_peers(const std::filesystem::path& model, const std::filesystem::path& reviews) {
  Peers peers{"MiniLM-L6", load_classifier(model, {"rotten", "fresh"}, 1), {}, 0, {}};
  const Tokenizer& tokenizer = *peers.loaded.tokenizer;
  const TextTask task(
      dataset(reviews, "{text}"),
      [&](std::string_view text) { return tokenizer.encode_whole(text); }, drawn);
  peers.batch = task.train_batch(0, 0);
  const PaddedBatch padded = pad_for_encoder(peers.batch);
  peers.padded_tokens = padded.ids.numel();
  peers.published_loss =
      [padded, &config = peers.loaded.model->config()](const std::vector<at::Tensor>& w) {
        return published_bert_loss(w, config, padded);
      };
  return peers;
}

}  // namespace trainbus::bench
