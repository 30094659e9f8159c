// all-MiniLM-L6-v2 from its folder against the reference: sentence vectors and their cosines.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>

#include <boost/test/unit_test.hpp>

#include "models/families/encoders/encoder.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/minilm.hpp"
#include "support/packed_texts.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;

BOOST_AUTO_TEST_CASE(sentence_vectors_are_those_of_the_reference) {
  const auto document = testing::vector_json("minilm.json");
  if (document.is_null()) return;
  const auto& sentences = document.at("sentences").as_array();
  const LoadedModel loaded = load_classifier(testing::minilm(), {"a", "b"}, 1);
  const auto& model = dynamic_cast<const Encoder&>(*loaded.model);
  std::vector<std::vector<std::int32_t>> texts;
  for (const auto& sentence : sentences)
    texts.push_back(loaded.tokenizer->encode_whole(std::string(sentence.at("text").as_string())));
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  const at::Tensor means = model.sentence_vectors(weights, testing::packed_texts(texts))[0];
  const at::Tensor lengths = at::linalg_vector_norm(means, 2, {1}, /*keepdim=*/true);
  const at::Tensor vectors = means / lengths;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto& expected = sentences[i].as_object();
    BOOST_TEST(lengths[row].item<double>() == testing::number(expected.at("mean_pool_norm")),
               boost::test_tools::tolerance(1e-5));
    BOOST_TEST(std::abs(vectors[row].sum().item<double>() - testing::number(expected.at("sum"))) <
               1e-4);
    const auto& first = expected.at("first8").as_array();
    for (std::size_t k = 0; k < first.size(); ++k)
      BOOST_TEST(std::abs(vectors[row][static_cast<std::int64_t>(k)].item<double>() -
                          testing::number(first[k])) < 1e-5);
  }
  const at::Tensor cosines = at::mm(vectors, vectors.t());
  const auto& rows = document.at("cosine").as_array();
  BOOST_TEST(rows.size() == sentences.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j)
      BOOST_TEST(
          std::abs(
              cosines[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)].item<double>() -
              testing::number(rows[i].as_array()[j])) < 1e-5);
}

BOOST_AUTO_TEST_CASE(the_encoder_gets_a_head_of_its_own_and_keeps_what_it_does_not_read) {
  const LoadedModel loaded = load_classifier(testing::minilm(), {"a", "b", "c"}, 1);
  BOOST_TEST(loaded.new_head);
  BOOST_TEST(loaded.model->parameters().size() == 5u + 6 * 16 + 2);
  BOOST_TEST(loaded.model->untouched().size() == 2u);  // the pooler
  const auto head = loaded.model->parameters().find("head.weight");
  BOOST_TEST_REQUIRE(head.has_value());
  const at::Tensor& weight = loaded.model->parameters()[*head].value;
  BOOST_TEST(weight.size(0) == 3);
  BOOST_TEST(weight.std().item<double>() == 0.02, boost::test_tools::tolerance(0.1));
}
