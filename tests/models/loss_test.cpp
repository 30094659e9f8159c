// A batch's loss: cross-entropy over positions, over label rows, and over answer choices of several
// tokens.
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "engine/directions/counter_direction.hpp"
#include "models/weights/materialized_weights.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"

using namespace trainbus;
using testing::byte_tokens;
using testing::tiny_llama;

namespace {

using Ints = std::vector<std::int64_t>;

tasks::Dataset dataset(const std::string& word0, const std::string& word1) {
  tasks::Dataset data;
  data.labels = {{"no", word0}, {"yes", word1}};
  for (std::uint32_t i = 0; i < 5; ++i) {
    tasks::Example example;
    example.prompt = std::string("prompt ") + std::string(i + 1, static_cast<char>('a' + i));
    example.text_begin = 7;
    example.text_size = i + 1;
    example.label = i % 2;
    data.train.push_back(example);
  }
  return data;
}

// Mean log-probability of a word after a prompt, one sequence at a time.
double word_score(const Llama& model, const std::string& prompt, const std::string& word) {
  const auto all = byte_tokens(prompt + word);
  Batch batch;
  batch.tokens = at::tensor(Ints(all.begin(), all.end()));
  batch.offsets = at::tensor(Ints{0, static_cast<std::int64_t>(all.size())});
  PlainWeights weights(model.parameters());
  const at::Tensor log_p = at::log_softmax(model.logits(weights, batch)[0], -1);
  double sum = 0;
  for (std::size_t t = prompt.size(); t < all.size(); ++t)
    sum += log_p[static_cast<std::int64_t>(t) - 1][all[t]].item<float>();
  return sum / static_cast<double>(word.size());
}

void check_words(const std::string& word0, const std::string& word1) {
  const Llama model = tiny_llama();
  const tasks::Dataset data = dataset(word0, word1);
  const PromptTask task(data, byte_tokens, {.batch_size = 5});
  const Batch batch = task.evaluation_batch(Split::Train, 0);
  PlainWeights weights(model.parameters());
  double loss = 0;
  for (const tasks::Example& example : data.train) {
    const double s0 = word_score(model, example.prompt, word0),
                 s1 = word_score(model, example.prompt, word1);
    loss += std::log(std::exp(s0) + std::exp(s1)) - (example.label ? s1 : s0);
  }
  BOOST_TEST(model.loss(weights, batch).item<float>() == loss / 5,
             boost::test_tools::tolerance(1e-5));
}

}  // namespace

BOOST_AUTO_TEST_CASE(single_token_words_need_only_their_rows_of_the_output_matrix) {
  check_words("N", "P");
}

BOOST_AUTO_TEST_CASE(words_of_several_tokens_score_by_their_mean_log_probability) {
  check_words("bad", "great");
  check_words("x", "good");
}

BOOST_AUTO_TEST_CASE(trimming_the_last_block_to_the_scored_positions_changes_nothing) {
  const Llama model = tiny_llama();
  Batch batch;
  batch.tokens = at::tensor(Ints{1, 2, 3, 4, 5, 6, 7, 8, 9});
  batch.offsets = at::tensor(Ints{0, 4, 9});
  PlainWeights weights(model.parameters());
  const at::Tensor all = model.logits(weights, batch);
  batch.logit_positions = at::tensor(Ints{3, 5, 8});
  const at::Tensor some = model.logits(weights, batch);
  BOOST_TEST(some.sub(all.index_select(1, batch.logit_positions)).abs().max().item<double>() <
             1e-5);
  batch.candidate_ids = at::tensor(Ints{30, 4});
  const at::Tensor rows = model.logits(weights, batch);
  BOOST_TEST(rows.sub(some.index_select(2, batch.candidate_ids)).abs().max().item<double>() < 1e-5);
}

BOOST_AUTO_TEST_CASE(token_losses_in_parts_are_those_of_all_logits) {
  const Llama model = tiny_llama();
  Batch batch;
  Ints tokens, offsets = {0}, positions, targets;
  for (int sequence = 0; sequence < 13; ++sequence) {
    for (int token = 0; token < 50; ++token) {
      if (token > 0) {
        positions.push_back(static_cast<std::int64_t>(tokens.size()) - 1);
        targets.push_back((sequence * 7 + token * token) % 31);
      }
      tokens.push_back((sequence * 7 + token * token) % 31);
    }
    offsets.push_back(static_cast<std::int64_t>(tokens.size()));
  }
  batch.tokens = at::tensor(tokens);
  batch.offsets = at::tensor(offsets);
  batch.logit_positions = at::tensor(positions);
  batch.targets = at::tensor(targets);
  const CounterDirection z({.seed = 5, .step = 3});
  DualWeights weights(model.parameters(), z, 1e-2f);
  const at::Tensor losses = model.token_losses(weights, batch);
  const at::Tensor expected = negative_log_likelihoods(model.logits(weights, batch), batch.targets);
  BOOST_TEST(losses.sizes().vec() == (Ints{2, 13 * 49}));
  BOOST_TEST(losses.sub(expected).abs().max().item<double>() < 1e-5);
  BOOST_TEST(losses.mean().item<double>() == model.loss(weights, batch).mean().item<double>(),
             boost::test_tools::tolerance(1e-5));
}
