// Weights on a device against those of the CPU, on every family of models.
#include "device/device_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "device/padded_batch.hpp"
#include "models/bert.hpp"
#include "models/opt.hpp"
#include "models/perturbed_weights.hpp"
#include "support/host_backend.hpp"
#include "support/language_batch.hpp"
#include "support/tiny_llama.hpp"

using namespace trainbus;
using namespace trainbus::device;
namespace data = boost::unit_test::data;

namespace {

constexpr float eps = 1e-2f;
const kernels::Direction address{.seed = 5, .step = 3};

template <class Family, class... Head>
std::unique_ptr<Model> seeded_model(ModelConfig config, kernels::Format format, Head... head) {
  Parameters parameters(Family::shapes(config, head...), format);
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    const at::Tensor numbers = testing::seeded(parameters[id].value.sizes().vec(), 100 + id, 0.5);
    kernels::store(numbers.const_data_ptr<float>(), parameters[id].stored(), numbers.numel());
  }
  return std::make_unique<Family>(config, head..., std::move(parameters));
}

std::unique_ptr<Model> make_model(const std::string& family, kernels::Format format) {
  ModelConfig config = testing::tiny_llama_config();
  if (family == "llama") return seeded_model<Llama>(config, format);
  config.model_type = family;
  config.kv_heads = config.heads;
  config.hidden_act = family == "opt" ? "relu" : "gelu";
  if (family == "opt") return seeded_model<Opt>(config, format);
  config.type_vocab_size = 2;
  return seeded_model<Bert>(config, format, BertHead::MaskedLanguageModel);
}

// Three sequences of 6, 4 and 2 tokens.
Batch packed_batch() {
  const at::Tensor ids =
      at::tensor({7, 8, 6, 10, 11, 30, 1, 5, 9, 2, 0, 0, 3, 4, 0, 0, 0, 0}, at::kLong).view({3, 6});
  const at::Tensor mask =
      at::tensor({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0}, at::kLong).view({3, 6});
  return testing::language_batch(ids, mask);
}

struct Device {
  const Model& model;
  testing::HostBackend backend;
  DeviceParameters parameters;
  std::unique_ptr<Passes> passes;
  PerturbedMemory memory;
  Rule rule{.eps = eps, .weight_decay = 0, .clip = 0, .directions = 1, .micro_batches = 1};
  StepBuffers numbers;
  PaddedBatch batch;

  Device(const Model& of, const Batch& given, bool dual)
      : model(of),
        backend(dual),
        parameters(of.parameters(), at::kCPU),
        passes(backend.passes(parameters, address.distribution)),
        memory(parameters, *passes),
        numbers(rule, at::empty({StepBuffers::layout_bytes(rule)}, at::kByte)),
        batch(shape_of(given), at::empty({PaddedBatch::layout_bytes(shape_of(given))}, at::kByte)) {
    parameters.load(of.parameters());
    batch.fill(given);
    *numbers.numbers().input = {address.seed, address.step, 0, 1};
    passes->begin_step(numbers);
  }
  at::Tensor losses_at_both() {
    DeviceWeights both(parameters, *passes, memory, {numbers.perturbations(), 0});
    return model.loss(both, batch.batch());
  }
  float loss() {
    DeviceWeights plain(parameters, *passes);
    return model.loss(plain, batch.batch()).item<float>();
  }
};

const char* const families[] = {"llama", "opt", "bert"};

void check_losses(const std::string& family, bool dual) {
  const at::NoGradGuard no_grad;
  for (const auto& [format, tolerance] : {std::pair{kernels::Format::Float32, 2e-5f},
                                          {kernels::Format::BFloat16Residual, 2e-2f},
                                          {kernels::Format::Float16, 5e-3f}}) {
    const auto model = make_model(family, format);
    Device device(*model, packed_batch(), dual);
    PlainWeights plain(model->parameters());
    const float expected = model->loss(plain, packed_batch()).item<float>();
    BOOST_TEST(device.loss() == expected, boost::test_tools::tolerance(tolerance));

    const CounterDirection z(address);
    const at::Tensor both = device.losses_at_both();
    BOOST_TEST(both.size(0) == 2);
    for (const int side : {0, 1}) {
      PerturbedWeights moved(model->parameters(), z, side == 0 ? eps : -eps);
      const float loss = model->loss(moved, packed_batch()).item<float>();
      BOOST_TEST(both[side].item<float>() == loss, boost::test_tools::tolerance(tolerance));
    }
    const auto& passes = static_cast<testing::HostPasses&>(*device.passes);
    BOOST_TEST((passes.dual_linears > 0) == dual);
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(losses_are_those_of_the_cpu, data::make(families) * data::make({false, true}),
                     family, dual) {
  check_losses(family, dual);
}

BOOST_AUTO_TEST_CASE(both_sides_differ_by_what_the_perturbation_makes) {
  const at::NoGradGuard no_grad;
  const auto model = make_model("llama", kernels::Format::Float32);
  Device device(*model, packed_batch(), false);
  const at::Tensor both = device.losses_at_both();
  BOOST_TEST(std::abs(both[0].item<float>() - both[1].item<float>()) > 1e-4);
}
