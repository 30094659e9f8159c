// Weights on a device compared with the CPU's, for every model family, in recorded work: nothing
// waits, and no tensor is in the wrong memory.
#include "device/device_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "device/padded_batch.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/host_backend.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;
using namespace trainbus::device;
namespace data = boost::unit_test::data;

namespace {

constexpr float eps = 1e-2f;
const kernels::Direction address{.seed = 5, .step = 3};

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
        parameters(of.parameters(), backend.device()),
        passes(backend.passes(parameters, address.distribution)),
        memory(parameters, *passes),
        numbers(rule, bytes(StepBuffers::layout_bytes(rule))),
        batch(shape_of(given), bytes(PaddedBatch::layout_bytes(shape_of(given)))) {
    parameters.load(of.parameters());
    batch.fill(given);
    *numbers.numbers().input = {address.seed, address.step, 0, 1};
    passes->begin_step(numbers);
  }
  at::Tensor bytes(std::int64_t count) const {
    return at::empty({count}, at::TensorOptions().dtype(at::kByte).device(backend.device()));
  }
  // Tensors made once, in the first forward pass, may be copied to the device then.
  at::Tensor losses_at_both() {
    forward();
    const testing::NoWaiting no_waiting;
    return forward();
  }
  at::Tensor forward() {
    DeviceWeights both(parameters, *passes, memory, {numbers.perturbations(), 0});
    return model.loss(both, batch.batch());
  }
  float loss() {
    forward();
    const at::Tensor loss = [&] {
      const testing::NoWaiting no_waiting;
      DeviceWeights plain(parameters, *passes);
      return model.loss(plain, batch.batch());
    }();
    return loss.item<float>();
  }
};

void check_losses(const std::string& family, const Batch& batch, bool dual) {
  const at::NoGradGuard no_grad;
  for (const auto& [format, tolerance] : {std::pair{kernels::Format::Float32, 2e-5f},
                                          {kernels::Format::BFloat16Residual, 2e-2f},
                                          {kernels::Format::Float16, 5e-3f}}) {
    const auto model = testing::tiny_model(family, format);
    Device device(*model, batch, dual);
    PlainWeights plain(model->parameters());
    const float expected = model->loss(plain, batch).item<float>();
    BOOST_TEST(device.loss() == expected, boost::test_tools::tolerance(tolerance));

    const CounterDirection z(address);
    const at::Tensor both = device.losses_at_both();
    BOOST_TEST(both.size(0) == 2);
    for (const int side : {0, 1}) {
      PerturbedWeights moved(model->parameters(), z, side == 0 ? eps : -eps);
      const float loss = model->loss(moved, batch).item<float>();
      BOOST_TEST(both[side].item<float>() == loss, boost::test_tools::tolerance(tolerance));
    }
    const auto& passes = static_cast<testing::HostPasses&>(*device.passes);
    BOOST_TEST((passes.dual_linears > 0) == dual);
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(losses_are_those_of_the_cpu,
                     data::make(testing::families) * data::make({false, true}), family, dual) {
  check_losses(family, testing::tiny_batch(family), dual);
}

BOOST_DATA_TEST_CASE(options_of_several_tokens_are_scored_as_on_the_cpu,
                     data::make({"llama", "opt"}) * data::make({false, true}), family, dual) {
  check_losses(family, testing::tiny_prompts(), dual);
}

BOOST_AUTO_TEST_CASE(scratch_is_used_where_it_is_asked_for) {
  const at::NoGradGuard no_grad;
  const auto model = testing::tiny_model("opt", kernels::Format::Float32);
  Device device(*model, testing::packed_batch(), true);
  PerturbedMemory scratch(device.parameters, *device.passes, true);
  DeviceWeights both(device.parameters, *device.passes, scratch,
                     {device.numbers.perturbations(), 0});
  const at::Tensor found = model->loss(both, device.batch.batch());
  auto& passes = static_cast<testing::HostPasses&>(*device.passes);
  BOOST_TEST(passes.dual_linears == 0);
  const at::Tensor expected = device.losses_at_both();
  for (const int side : {0, 1})
    BOOST_TEST(found[side].item<float>() == expected[side].item<float>(),
               boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(both_sides_differ_by_what_the_perturbation_makes) {
  const at::NoGradGuard no_grad;
  const auto model = testing::tiny_model("llama", kernels::Format::Float32);
  Device device(*model, testing::packed_batch(), false);
  const at::Tensor both = device.losses_at_both();
  BOOST_TEST(std::abs(both[0].item<float>() - both[1].item<float>()) > 1e-4);
}
