// OPT and BERT against Hugging Face: logits, last hidden state, loss and gradients of the small
// reference models.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <tuple>

#include "engine/directions/counter_direction.hpp"
#include "models/config_file.hpp"
#include "models/families/bert.hpp"
#include "models/families/opt.hpp"
#include "models/gradient_weights.hpp"
#include "models/parameter_files.hpp"
#include "models/perturbed_weights.hpp"
#include "support/language_batch.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;
namespace fs = std::filesystem;

namespace {

// Rows of [B, T, …] where the mask is 1, packed.
at::Tensor packed(const at::Tensor& padded, const at::Tensor& mask) {
  return padded.flatten(0, 1).index_select(0, mask.flatten().nonzero().squeeze(1));
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.sub(b)).abs().max().item<double>();
}

struct OptCase {
  static constexpr const char* name = "opt";
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config) {
    return Opt::shapes(config);
  }
  static Opt make(const ModelConfig& config, Parameters parameters) {
    return Opt(config, std::move(parameters));
  }
  // Scores the tokens that are followed by a label.
  static Batch batch(const testing::Tensors& io) {
    return testing::language_batch(io.at("input_ids"), io.at("attention_mask"), io.at("labels"));
  }
};

struct BertCase {
  static constexpr const char* name = "bert";
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config) {
    return Bert::shapes(config, BertHead::MaskedLanguageModel);
  }
  static Bert make(const ModelConfig& config, Parameters parameters) {
    return Bert(config, BertHead::MaskedLanguageModel, std::move(parameters));
  }
  // Scores the tokens that have a label.
  static Batch batch(const testing::Tensors& io) {
    Batch batch = testing::language_batch(io.at("input_ids"), io.at("attention_mask"));
    batch.token_types = packed(io.at("token_type_ids"), io.at("attention_mask"));
    const at::Tensor labels = packed(io.at("labels"), io.at("attention_mask"));
    batch.logit_positions = (labels >= 0).nonzero().squeeze(1);
    batch.targets = labels.index_select(0, batch.logit_positions);
    return batch;
  }
};

using Cases = std::tuple<OptCase, BertCase>;

template <class Case>
struct Reference {
  fs::path folder = testing::vectors() / "models" / Case::name;
  ModelConfig config = read_config(folder / "config.json");
  decltype(Case::make(config, Parameters())) model =
      Case::make(config, load_parameters(Case::shapes(config), folder));
  testing::Tensors io = testing::read_tensors(folder / "io.safetensors");
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(logits_and_hidden_states_are_within_2e_4_of_hugging_face, Case,
                              Cases) {
  const Reference<Case> reference;
  Batch batch = Case::batch(reference.io);
  batch.logit_positions = at::Tensor();
  const at::NoGradGuard no_grad;
  PlainWeights plain(reference.model.parameters());
  const at::Tensor& mask = reference.io.at("attention_mask");
  BOOST_TEST(worst(reference.model.logits(plain, batch)[0],
                   packed(reference.io.at("logits"), mask)) < 2e-4);
  BOOST_TEST(worst(reference.model.hidden(plain, batch)[0],
                   packed(reference.io.at("last_hidden"), mask)) < 2e-4);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_what_is_read_is_computed, Case, Cases) {
  const Reference<Case> reference;
  Batch batch = Case::batch(reference.io);
  const std::int64_t last = reference.config.vocab_size - 1;
  const at::Tensor rows = at::tensor({last / 3, std::int64_t{3}, last}, at::kLong);
  const at::NoGradGuard no_grad;
  PlainWeights plain(reference.model.parameters());
  batch.candidate_ids = rows;
  const at::Tensor few = reference.model.logits(plain, batch);
  const at::Tensor positions = batch.logit_positions;
  batch.logit_positions = batch.candidate_ids = at::Tensor();
  const at::Tensor all = reference.model.logits(plain, batch);
  BOOST_TEST(few.size(1) == positions.numel());
  BOOST_TEST(worst(few, all.index_select(1, positions).index_select(2, rows)) < 1e-5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(loss_and_gradient_norms_are_those_of_hugging_face, Case, Cases) {
  const auto document = testing::read_json(testing::vectors() / "models.json");
  const auto& expected = document.at("models").at(Case::name).as_object();
  const Reference<Case> reference;
  const Batch batch = Case::batch(reference.io);
  PlainWeights plain(reference.model.parameters());
  const double loss = testing::number(expected.at("loss"));
  BOOST_TEST(reference.model.loss(plain, batch).template item<float>() == loss,
             boost::test_tools::tolerance(1e-5));
  GradientWeights weights(reference.model.parameters());
  const at::Tensor recorded = reference.model.loss(weights, batch).sum();
  BOOST_TEST(recorded.item<float>() == loss, boost::test_tools::tolerance(1e-5));
  recorded.backward();
  const auto& norms = expected.at("grad_norm").as_object();
  BOOST_TEST(norms.size() == reference.model.parameters().size());
  for (ParameterId id = 0; id < reference.model.parameters().size(); ++id) {
    const std::string& name = reference.model.parameters()[id].name;
    const double norm = testing::number(norms.at(name));
    // A key's bias moves no softmax: its gradient is rounding alone.
    BOOST_TEST(
        std::abs(weights.gradient(id).norm().template item<double>() - norm) < 1e-3 * norm + 1e-6,
        name);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_parameters_stand_in_the_order_of_named_parameters, Case, Cases) {
  const auto document = testing::read_json(testing::vectors() / "models.json");
  const auto& norms = document.at("models").at(Case::name).at("grad_norm").as_object();
  const Reference<Case> reference;
  auto next = norms.begin();
  for (const Parameter& parameter : reference.model.parameters())
    BOOST_TEST(parameter.name == std::string((next++)->key()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(perturbed_weights_are_the_model_at_perturbed_parameters, Case,
                              Cases) {
  const Reference<Case> reference;
  Batch batch = Case::batch(reference.io);
  const std::int64_t last = reference.config.vocab_size - 1;
  batch.candidate_ids = at::tensor({std::int64_t{0}, last / 2, last}, at::kLong);
  const CounterDirection z({.seed = 5, .step = 3});
  constexpr float scale = 0.01f;
  Parameters moved(Case::shapes(reference.config));
  for (ParameterId id = 0; id < moved.size(); ++id)
    z.perturb(reference.model.parameters()[id], id, scale,
              moved[id].value.template mutable_data_ptr<float>());
  const at::NoGradGuard no_grad;
  PlainWeights plain(moved);
  const at::Tensor there = reference.model.logits(plain, batch);
  PerturbedWeights perturbed(reference.model.parameters(), z, scale);
  const at::Tensor here = reference.model.logits(perturbed, batch);
  BOOST_TEST(here.equal(there));
  DualWeights both(reference.model.parameters(), z, scale);
  BOOST_TEST(reference.model.logits(both, batch)[0].equal(there[0]));
  Scratch scratch;
  ScratchWeights built(reference.model.parameters(), z, scale, scratch);
  BOOST_TEST(worst(reference.model.logits(built, batch), there) < 1e-5);
  PlainWeights unmoved(reference.model.parameters());
  BOOST_TEST(worst(here, reference.model.logits(unmoved, batch)) > 1e-2);
}
