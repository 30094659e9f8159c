// Every family against Hugging Face: logits, last hidden state, loss and gradients of the small
// reference models.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "engine/directions/counter_direction.hpp"
#include "models/families/decoder.hpp"
#include "models/families/encoders/encoder.hpp"
#include "models/families/registry.hpp"
#include "models/weights/gradient_weights.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/reference_models.hpp"

using namespace trainbus;
using testing::for_each_reference;
using testing::number;
using testing::OpenedReference;
using testing::worst;

namespace {

constexpr double tolerance = 2e-5;

// Of all tokens; undefined for a family that does not show it.
at::Tensor hidden_of_all(const OpenedReference& reference) {
  Batch batch = reference.batch;
  batch.logit_positions = at::Tensor();
  const at::NoGradGuard no_grad;
  PlainWeights plain(reference.model.parameters());
  const Model* model = &reference.model;
  if (const auto* decoder = dynamic_cast<const Decoder*>(model))
    return decoder->hidden(plain, batch)[0];
  if (const auto* encoder = dynamic_cast<const Encoder*>(model))
    return encoder->hidden(plain, batch)[0];
  return {};
}

// A gradient as the parameter is stored in a checkpoint, which is how transformers has it in
// memory.
at::Tensor as_stored(const at::Tensor& gradient, const std::vector<StoredPart>& parts) {
  if (parts.size() != 1) return gradient;
  if (parts.front().transposed) return gradient.t();
  std::vector<std::int64_t> row_of(static_cast<std::size_t>(gradient.size(0)));
  for (std::int64_t row = 0; row < gradient.size(0); ++row)
    row_of.at(static_cast<std::size_t>(parts.front().order.stored_row(row))) = row;
  return gradient.index_select(0, at::tensor(row_of));
}

// By name; undefined: the reference has none, since nothing reaches the parameter.
void check_gradients(const OpenedReference& reference, const GradientWeights& weights) {
  const boost::json::value* norms = reference.of.expected.if_contains("grad_norm");
  if (norms == nullptr) return;
  const boost::json::value* entries = reference.of.expected.if_contains("grad_entries");
  const CheckpointMap map =
      find_model_family(reference.model.family())->checkpoint(reference.model.config());
  std::size_t compared = 0;
  double squares = 0, furthest = 0;
  for (ParameterId id = 0; id < reference.model.parameters().size(); ++id) {
    const std::string& name = reference.model.parameters()[id].name;
    const boost::json::value* expected = norms->as_object().if_contains(name);
    const at::Tensor& gradient = weights.gradient(id);
    if (expected == nullptr) {
      BOOST_TEST(!gradient.defined(), name << " has a gradient, the reference has none");
      continue;
    }
    ++compared;
    // A key's bias moves no softmax: its gradient is rounding alone.
    const double norm = number(*expected), found = gradient.norm().item<double>();
    BOOST_TEST(std::abs(found - norm) < 1e-3 * norm + 1e-6, name << ": " << found << " " << norm);
    squares += found * found;
    if (norm > 1e-6) furthest = std::max(furthest, std::abs(found - norm) / norm);
    if (entries == nullptr || !entries->as_object().contains(name)) continue;
    const at::Tensor flat = as_stored(gradient, map.parts(name)).flatten();
    for (const boost::json::value& entry : entries->as_object().at(name).as_array()) {
      const double is = flat[entry.at(0).to_number<std::int64_t>()].item<double>();
      BOOST_TEST(std::abs(is - number(entry.at(1))) < 1e-4 * norm + 1e-6,
                 name << " at " << entry.at(0));
    }
  }
  BOOST_TEST(compared == norms->as_object().size());
  BOOST_TEST_MESSAGE("measured " << reference.of.name << " gradients " << furthest);
  if (const boost::json::value* total = reference.of.expected.if_contains("grad_norm_total"))
    BOOST_TEST(std::sqrt(squares) == number(*total), boost::test_tools::tolerance(1e-3));
}

}  // namespace

BOOST_AUTO_TEST_CASE(logits_and_hidden_states_are_within_2e_5_of_hugging_face) {
  for_each_reference([](const OpenedReference& reference) {
    const double distance = worst(logits_of_all(reference), expected_logits(reference));
    BOOST_TEST_MESSAGE("measured " << reference.of.name << " logits " << distance);
    BOOST_TEST(distance < tolerance);
    const at::Tensor hidden = hidden_of_all(reference);
    if (hidden.defined() && reference.io.contains("last_hidden"))
      BOOST_TEST(worst(hidden, testing::packed(reference.io.at("last_hidden"),
                                               reference.io.at("attention_mask"))) < tolerance);
  });
}

BOOST_AUTO_TEST_CASE(loss_and_gradients_are_those_of_hugging_face) {
  for_each_reference([](const OpenedReference& reference) {
    const boost::json::object& expected = reference.of.expected;
    if (const boost::json::value* tokens = expected.if_contains("loss_tokens"))
      BOOST_TEST(reference.batch.targets.numel() == tokens->to_number<std::int64_t>());
    PlainWeights plain(reference.model.parameters());
    const double loss = number(expected.at("loss"));
    const double found = reference.model.loss(plain, reference.batch).item<float>();
    BOOST_TEST_MESSAGE("measured " << reference.of.name << " loss "
                                   << std::abs(found - loss) / loss);
    BOOST_TEST(found == loss, boost::test_tools::tolerance(1e-5));
    GradientWeights weights(reference.model.parameters());
    const at::Tensor recorded = reference.model.loss(weights, reference.batch).sum();
    BOOST_TEST(recorded.item<float>() == loss, boost::test_tools::tolerance(1e-5));
    recorded.backward();
    check_gradients(reference, weights);
  });
}

BOOST_AUTO_TEST_CASE(the_parameters_stand_in_the_order_of_named_parameters) {
  for_each_reference([](const OpenedReference& reference) {
    const boost::json::value* norms = reference.of.expected.if_contains("grad_norm");
    if (norms == nullptr) return;
    std::vector<std::string> expected, found;
    for (const auto& entry : norms->as_object()) expected.emplace_back(entry.key());
    for (const Parameter& parameter : reference.model.parameters())
      if (norms->as_object().contains(parameter.name)) found.push_back(parameter.name);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(only_what_is_read_is_computed) {
  for_each_reference([](const OpenedReference& reference) {
    if (reference.of.kind == "classifier") return;
    Batch batch = reference.batch;
    const std::int64_t last = reference.model.config().vocab_size - 1;
    const at::Tensor rows = at::tensor({last / 3, last / 5, last}, at::kLong);
    const at::NoGradGuard no_grad;
    PlainWeights plain(reference.model.parameters());
    batch.candidate_ids = rows;
    const at::Tensor few = reference.model.logits(plain, batch)[0];
    const at::Tensor all = logits_of_all(reference);
    BOOST_TEST(few.size(0) == batch.logit_positions.numel());
    BOOST_TEST(worst(few, all.index_select(0, batch.logit_positions).index_select(1, rows)) <
               1e-6 * (10 + all.abs().max().item<double>()));
  });
}

BOOST_AUTO_TEST_CASE(perturbed_weights_are_the_model_at_perturbed_parameters) {
  for_each_reference([](const OpenedReference& reference) {
    const Parameters& parameters = reference.model.parameters();
    Batch batch = reference.batch;
    const std::int64_t last = reference.model.config().vocab_size - 1;
    if (reference.of.kind != "classifier")
      batch.candidate_ids = at::tensor({std::int64_t{0}, last / 2, last}, at::kLong);
    const CounterDirection z({.seed = 5, .step = 3});
    constexpr float scale = 0.01f;
    Parameters moved(find_model_family(reference.model.family())->shapes(reference.model.config()));
    for (ParameterId id = 0; id < moved.size(); ++id)
      z.perturb(parameters[id], id, scale, moved[id].value.mutable_data_ptr<float>());
    const at::NoGradGuard no_grad;
    PlainWeights plain(moved);
    const at::Tensor there = reference.model.logits(plain, batch);
    PerturbedWeights perturbed(parameters, z, scale);
    const at::Tensor here = reference.model.logits(perturbed, batch);
    BOOST_TEST(here.equal(there));
    DualWeights both(parameters, z, scale);
    BOOST_TEST(reference.model.logits(both, batch)[0].equal(there[0]));
    Scratch scratch;
    ScratchWeights built(parameters, z, scale, scratch);
    BOOST_TEST(worst(reference.model.logits(built, batch), there) <
               1e-6 * (10 + there.abs().max().item<double>()));
    PlainWeights unmoved(parameters);
    BOOST_TEST(worst(here, reference.model.logits(unmoved, batch)) > 1e-3);
  });
}
