// Label words of several tokens: a prompt that is computed once for all of its words against the
// prompt repeated for each.
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "models/weights/gradient_weights.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"

using namespace trainbus;

namespace {

using Ints = std::vector<std::int64_t>;

const std::vector<std::string> prompts = {"a", "It was bad.", "What a great thing this is",
                                          "so so"};
const Ints labels = {1, 0, 2, 1};

tasks::Dataset dataset(const std::vector<std::string>& words) {
  tasks::Dataset data;
  for (const std::string& word : words) data.labels.push_back({"class " + word, word});
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    tasks::Example example;
    example.prompt = prompts[i];
    example.text_size = prompts[i].size();
    example.label = static_cast<std::uint32_t>(labels[i]);
    data.train.push_back(example);
  }
  return data;
}

// As the task makes it, in the prompts' order.
Batch shared_prompts(const std::vector<std::string>& words) {
  const tasks::Dataset data = dataset(words);
  const PromptTask task(data, testing::byte_tokens, {});
  Batch batch = task.unlabelled_batch(data.train, testing::byte_tokens);
  batch.labels = at::tensor(labels);
  return batch;
}

// Every word behind a copy of the prompt.
Batch repeated_prompts(const std::vector<std::string>& words) {
  Ints tokens, offsets = {0}, positions, targets, options;
  for (const std::string& prompt : prompts)
    for (const std::string& word : words) {
      const auto all = testing::byte_tokens(prompt + word);
      for (std::size_t t = 0; t + 1 < all.size(); ++t) {
        tokens.push_back(all[t]);
        if (t + 1 < prompt.size()) continue;
        positions.push_back(static_cast<std::int64_t>(tokens.size()) - 1);
        targets.push_back(all[t + 1]);
        options.push_back(static_cast<std::int64_t>(offsets.size()) - 1);
      }
      offsets.push_back(static_cast<std::int64_t>(tokens.size()));
    }
  Batch batch;
  batch.tokens = at::tensor(tokens);
  batch.offsets = at::tensor(offsets);
  batch.logit_positions = at::tensor(positions);
  batch.targets = at::tensor(targets);
  batch.target_positions = at::arange(batch.logit_positions.numel());
  batch.target_choices = at::tensor(options);
  batch.choice_count = static_cast<std::int64_t>(words.size());
  batch.labels = at::tensor(labels);
  return batch;
}

const std::vector<std::vector<std::string>> word_lists = {
    {"bad", "great", "so"}, {"x", "good", "zz"}, {"quite long words", "b", "c"}};

bool close(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-4, 1e-5); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_shared_prompt_gives_the_scores_and_the_loss_of_repeated_ones) {
  const Llama model = testing::tiny_llama();
  PlainWeights weights(model.parameters());
  for (const std::vector<std::string>& words : word_lists) {
    const Batch shared = shared_prompts(words), repeated = repeated_prompts(words);
    const at::Tensor scores = class_scores(model.logits(weights, shared), shared);
    BOOST_TEST((scores.sizes() == at::IntArrayRef{1, 4, 3}));
    BOOST_TEST(close(scores, class_scores(model.logits(weights, repeated), repeated)));
    BOOST_TEST(close(model.loss(weights, shared), model.loss(weights, repeated)));
  }
}

BOOST_AUTO_TEST_CASE(a_shared_prompt_gives_the_gradients_of_repeated_ones) {
  const Llama model = testing::tiny_llama();
  for (const std::vector<std::string>& words : word_lists) {
    GradientWeights one(model.parameters()), each(model.parameters());
    model.loss(one, shared_prompts(words)).sum().backward();
    model.loss(each, repeated_prompts(words)).sum().backward();
    for (ParameterId id = 0; id < model.parameters().size(); ++id) {
      BOOST_TEST(close(one.gradient(id), each.gradient(id)), model.parameters()[id].name);
      BOOST_TEST(one.gradient(id).abs().max().item<float>() > 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_prompt_is_computed_once_and_of_a_word_only_what_is_read) {
  const Batch batch = shared_prompts({"bad", "great", "c"});
  std::int64_t expected = 0;
  for (const std::string& prompt : prompts)
    expected += static_cast<std::int64_t>(prompt.size()) + 2 + 4 + 0;  // the last is predicted only
  BOOST_TEST(batch.token_count == expected);
  BOOST_TEST(batch.tokens.numel() == expected);
  BOOST_TEST(batch.prefixes.equal(at::tensor(Ints{-1, 0, 0, -1, 3, 3, -1, 6, 6, -1, 9, 9})));
  BOOST_TEST(batch.logit_positions.numel() == 4 * (1 + 2 + 4));
  BOOST_TEST(
      batch.target_positions.narrow(0, 0, 9).equal(at::tensor(Ints{0, 1, 2, 0, 3, 4, 5, 6, 0})));
  BOOST_TEST(
      batch.target_choices.narrow(0, 0, 9).equal(at::tensor(Ints{0, 0, 0, 1, 1, 1, 1, 1, 2})));
}

BOOST_AUTO_TEST_CASE(a_batch_of_shared_prompts_knows_each_tokens_position) {
  const Batch batch = shared_prompts({"bad", "great", "c"});
  BOOST_TEST(
      token_positions(batch).narrow(0, 0, 8).equal(at::tensor(Ints{0, 1, 2, 1, 2, 3, 4, 0})));
}
