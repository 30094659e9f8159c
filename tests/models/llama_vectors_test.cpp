// Llama against Hugging Face: logits, last hidden state, loss and gradients of the small reference
// models.
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>

#include "formats/config.hpp"
#include "models/config_file.hpp"
#include "models/families/llama.hpp"
#include "models/gradient_weights.hpp"
#include "models/materialized_weights.hpp"
#include "models/parameter_files.hpp"
#include "support/language_batch.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> llama_cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(testing::vectors() / "models"))
    if (entry.path().filename().string().starts_with("llama"))
      names.push_back(entry.path().filename());
  return names;
}

Llama load(const fs::path& folder, const char* config) {
  const ModelConfig parsed = read_config(folder / config);
  return Llama(parsed, load_parameters(Llama::shapes(parsed), folder));
}

// Rows of [B, T, X] where the mask is 1, packed.
at::Tensor packed(const at::Tensor& padded, const at::Tensor& mask) {
  return padded.flatten(0, 1).index_select(0, mask.flatten().nonzero().squeeze(1));
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.sub(b)).abs().max().item<double>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(logits_and_hidden_states_are_within_2e_4_of_hugging_face) {
  BOOST_TEST(llama_cases().size() > 0u);
  for (const std::string& name : llama_cases())
    for (const char* config : {"config.json", "config_v4.json"})
      BOOST_TEST_CONTEXT(name << " " << config) {
        const fs::path folder = testing::vectors() / "models" / name;
        if (!fs::exists(folder / config)) continue;  // older or newer form only
        const Llama model = load(folder, config);
        const auto io = testing::read_tensors(folder / "io.safetensors");
        Batch batch = testing::language_batch(io.at("input_ids"), io.at("attention_mask"));
        batch.logit_positions = at::Tensor();
        const at::NoGradGuard no_grad;
        PlainWeights plain(model.parameters());
        BOOST_TEST(worst(model.logits(plain, batch)[0],
                         packed(io.at("logits"), io.at("attention_mask"))) < 2e-4);
        BOOST_TEST(worst(model.hidden(plain, batch)[0],
                         packed(io.at("last_hidden"), io.at("attention_mask"))) < 2e-4);
      }
}

BOOST_AUTO_TEST_CASE(loss_and_gradient_norms_are_those_of_hugging_face) {
  const auto document = testing::read_json(testing::vectors() / "models.json");
  for (const std::string& name : llama_cases()) BOOST_TEST_CONTEXT(name) {
      const fs::path folder = testing::vectors() / "models" / name;
      const auto& expected = document.at("models").at(name).as_object();
      const Llama model = load(folder, "config.json");
      const auto io = testing::read_tensors(folder / "io.safetensors");
      const Batch batch =
          testing::language_batch(io.at("input_ids"), io.at("attention_mask"), io.at("labels"));
      PlainWeights plain(model.parameters());
      const double loss = testing::number(expected.at("loss"));
      BOOST_TEST(model.loss(plain, batch).item<float>() == loss,
                 boost::test_tools::tolerance(1e-5));
      GradientWeights weights(model.parameters());
      const at::Tensor recorded = model.loss(weights, batch).sum();
      BOOST_TEST(recorded.item<float>() == loss, boost::test_tools::tolerance(1e-5));
      recorded.backward();
      const auto& norms = expected.at("grad_norm").as_object();
      for (ParameterId id = 0; id < model.parameters().size(); ++id) {
        const std::string& parameter = model.parameters()[id].name;
        BOOST_TEST(
            weights.gradient(id).norm().item<double>() == testing::number(norms.at(parameter)),
            boost::test_tools::tolerance(1e-3));
      }
    }
}
