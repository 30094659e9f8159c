// Every decoder that llama.cpp has an architecture for, written as its converter writes it, and
// read back.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <set>
#include <utility>

#include "models/families/registry.hpp"
#include "models/files/parameter_files.hpp"
#include "models/files/unused_tensors.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/gguf_models.hpp"
#include "support/reference_models.hpp"

using namespace trainbus;
using testing::OpenedReference;

namespace {

at::Tensor logits(const PretrainedModel& model, Batch batch) {
  batch.logit_positions = at::Tensor();
  const at::NoGradGuard no_grad;
  PlainWeights plain(model.parameters());
  return model.logits(plain, batch)[0];
}

Parameters copied(const PretrainedModel& model) {
  Parameters copy(find_model_family(model.family())->shapes(model.config()));
  for (ParameterId id = 0; id < copy.size(); ++id)
    copy[id].value.copy_(model.parameters()[id].value);
  return copy;
}

}  // namespace

BOOST_AUTO_TEST_CASE(gguf_files_of_every_architecture_are_read_as_they_are_written) {
  std::set<std::string> seen;
  testing::for_each_reference([&](const OpenedReference& reference) {
    if (reference.of.kind != "causal" || !testing::fits_gguf(reference.model.config())) return;
    const ModelConfig config = testing::as_gguf_says(reference.model.config());
    const testing::ScratchFolder folder;
    testing::write_gguf(reference.model.parameters(), config, folder / "m.gguf");

    const GgufFile file(folder / "m.gguf");
    const ModelConfig read = config_from_gguf(file);
    BOOST_TEST(read.model_type == config.model_type);
    const ModelFamily& family = *find_model_family(read.model_type);
    const GgufCheckpoint checkpoint(file);
    std::set<std::string> taken;
    const CheckpointMap map = family.gguf(read);
    Parameters parameters =
        load_parameters(family.shapes(read), checkpoint, map, kernels::Format::Float32, &taken);
    BOOST_TEST(unused_tensors(checkpoint, map, taken, true).empty());
    const auto there = family.make(read, std::move(parameters));
    const auto here = family.make(config, copied(reference.model));
    BOOST_TEST(testing::worst(logits(*there, reference.batch), logits(*here, reference.batch)) <
               1e-5);
    seen.insert(config.model_type);
  });
  if (seen.empty()) testing::skip("gguf families", "the set has no decoder that a file can hold");
}

BOOST_AUTO_TEST_CASE(llama_3_s_scaling_is_recognised_by_its_divisors) {
  ModelConfig config{.model_type = "llama",
                     .hidden_size = 256,
                     .intermediate_size = 64,
                     .layers = 1,
                     .heads = 2,
                     .kv_heads = 2,
                     .head_dim = 128,
                     .max_position_embeddings = 131072,
                     .norm_eps = 1e-5};
  for (const double factor : {8.0, 32.0}) {
    config.rope = {.theta = 500000,
                   .kind = RopeKind::Llama3,
                   .factor = factor,
                   .original_positions = 8192,
                   .low_frequency_factor = 1,
                   .high_frequency_factor = 4};
    const auto read = [&](const at::Tensor& divisors) {
      const testing::ScratchFolder folder;
      Rope plain{.theta = config.rope.theta};
      std::swap(plain, config.rope);
      testing::GgufModelWriter writer("llama");
      testing::write_gguf_metadata(config, writer);
      std::swap(plain, config.rope);
      writer.tensor("rope_freqs.weight", divisors);
      writer.tensor("token_embd.weight", at::zeros({4, 256}));
      writer.write(folder / "m.gguf");
      return config_from_gguf(GgufFile(folder / "m.gguf")).rope;
    };
    at::Tensor divisors = testing::llama3_divisors(config);
    BOOST_TEST((read(divisors) == config.rope));
    divisors[3] = 1.5;  // divisors of another kind are taken as they are
    const Rope other = read(divisors);
    BOOST_TEST((other.kind == RopeKind::LongRope));
    BOOST_TEST(other.short_factors.at(3) == 1.5);
    BOOST_TEST(other.short_factors == other.long_factors, boost::test_tools::per_element());
    BOOST_TEST(other.attention_factor == 1);
  }
}
