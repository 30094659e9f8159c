// SmolLM2-135M from its GGUF file against the reference: next-token logits and cross-entropies.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/smollm2.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;

namespace {

const LoadedModel& smollm2() {
  static const LoadedModel loaded = load_language_model(testing::smollm2());
  return loaded;
}

Batch one_sequence(const std::vector<std::int32_t>& ids) {
  Batch batch;
  batch.tokens = at::tensor(std::vector<std::int64_t>(ids.begin(), ids.end()));
  batch.offsets = at::tensor(std::vector<std::int64_t>{0, static_cast<std::int64_t>(ids.size())});
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_CASE(next_token_logits_of_prompts_are_within_2e_4) {
  const auto document = testing::vector_json("smollm2.json");
  if (document.is_null()) return;
  PlainWeights weights(smollm2().model->parameters());
  const at::NoGradGuard no_grad;
  for (const auto& prompt : document.at("prompts").as_array())
    BOOST_TEST_CONTEXT(prompt.at("prompt")) {
      const auto ids =
          smollm2().tokenizer->encode(std::string_view(prompt.at("prompt").as_string()));
      const auto& expected_ids = prompt.at("ids").as_array();
      BOOST_TEST_REQUIRE(ids.size() == expected_ids.size());
      for (std::size_t i = 0; i < ids.size(); ++i)
        BOOST_TEST(ids[i] == expected_ids[i].to_number<std::int32_t>());
      Batch batch = one_sequence(ids);
      batch.logit_positions =
          at::tensor(std::vector<std::int64_t>{static_cast<std::int64_t>(ids.size()) - 1});
      const at::Tensor logits = smollm2().model->logits(weights, batch)[0][0];
      const auto& top = prompt.at("top_ids").as_array();
      for (std::size_t i = 0; i < top.size(); ++i) {
        const double expected = testing::number(prompt.at("top_logits").as_array()[i]);
        BOOST_TEST(std::abs(logits[top[i].to_number<std::int64_t>()].item<float>() - expected) <
                   2e-4);
      }
      BOOST_TEST(logits.norm().item<double>() == testing::number(prompt.at("logits_norm")),
                 boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(cross_entropies_of_reviews_are_those_of_the_reference) {
  const auto document = testing::vector_json("smollm2.json");
  if (document.is_null()) return;
  PlainWeights weights(smollm2().model->parameters());
  const at::NoGradGuard no_grad;
  for (const auto& review : document.at("reviews").as_array()) {
    const auto ids = smollm2().tokenizer->encode(std::string_view(review.at("text").as_string()));
    Batch batch = one_sequence(ids);
    std::vector<std::int64_t> positions(ids.size() - 1);
    std::iota(positions.begin(), positions.end(), 0);
    batch.logit_positions = at::tensor(positions);
    batch.targets = at::tensor(std::vector<std::int64_t>(ids.begin() + 1, ids.end()));
    const double loss = smollm2().model->loss(weights, batch).item<float>();
    BOOST_TEST(std::abs(loss - testing::number(review.at("ce_mean"))) < 2e-4, review.at("text"));
  }
}
