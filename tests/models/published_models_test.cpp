// The benchmarks' peers, written operation by operation as transformers has them, against the
// models here: the same weights and tokens have the same loss.
#include "bench/published_models.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "bench/opt_configs.hpp"
#include "models/families/opt.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/packed_texts.hpp"
#include "support/tiny_llama.hpp"

using namespace trainbus;

namespace {

using Texts = std::vector<std::vector<std::int32_t>>;

const Texts of_one_length = {{3, 1, 4, 1, 5, 9}, {2, 6, 5, 3, 5, 8}, {9, 7, 9, 3, 2, 3}};
const Texts of_many_lengths = {{3, 1, 4, 1, 5, 9, 2, 6}, {5}, {3, 5, 8, 9}};
// What each text is followed by, of these.
const std::vector<std::int64_t> words = {7, 30};
const std::vector<std::int64_t> classes = {1, 0, 1};

Opt tiny_opt() {
  const ModelConfig config = bench::opt_config("tiny");
  Parameters parameters(Opt::shapes(config));
  for (ParameterId id = 0; id < parameters.size(); ++id)
    parameters[id].value.copy_(testing::seeded(parameters[id].value.sizes().vec(), id, 0.3));
  return Opt(config, std::move(parameters));
}

// Scores the whole vocabulary behind each text.
Batch batch_of(const Texts& texts) {
  Batch batch = testing::packed_texts(texts);
  batch.logit_positions = batch.offsets.slice(0, 1) - 1;
  std::vector<std::int64_t> targets;
  for (const std::int64_t c : classes) targets.push_back(words[static_cast<std::size_t>(c)]);
  batch.targets = at::tensor(targets);
  return batch;
}

template <class PublishedLoss>
void check_losses(const PretrainedModel& model, const PublishedLoss& published_loss) {
  std::vector<at::Tensor> values;
  for (const Parameter& p : model.parameters()) values.push_back(p.value);
  for (const Texts* texts : {&of_one_length, &of_many_lengths}) {
    Batch batch = batch_of(*texts);
    PlainWeights weights(model.parameters());
    const double loss = model.loss(weights, batch).item<double>();
    batch.targets = at::tensor(classes);
    bench::PaddedBatch padded = bench::pad_for_language_model(batch, words);
    const auto check = [&] {
      BOOST_TEST(published_loss(values, model.config(), padded).template item<double>() == loss,
                 boost::test_tools::tolerance(1e-5));
    };
    check();
    if (texts != &of_one_length) continue;
    padded.mask = at::Tensor();
    check();
    padded = bench::uploaded(padded, at::kCPU);
    check();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_published_opt_has_the_loss_of_ours) {
  check_losses(tiny_opt(), bench::published_opt_loss);
}

BOOST_AUTO_TEST_CASE(the_published_llama_has_the_loss_of_ours) {
  check_losses(testing::tiny_llama(), bench::published_llama_loss);
}
