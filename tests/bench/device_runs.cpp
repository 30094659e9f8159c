#include "device_runs.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <limits>

namespace trainbus::bench {
namespace {

constexpr double lr = 1e-7;
constexpr std::uint64_t seed = 1;

Parameters with_values(Parameters parameters, const std::vector<at::Tensor>& values) {
  for (std::size_t id = 0; id < values.size(); ++id)
    parameters[static_cast<ParameterId>(id)].value = values[id];
  return parameters;
}

at::Tensor zero_bytes(std::int64_t count) { return at::zeros({count}, at::kByte); }

}  // namespace

DeviceRuns::DeviceRuns(const Model& model, const std::vector<at::Tensor>& weights,
                       device::Backend& backend)
    : model_(model), backend_(backend), steps_(model, {}, backend_) {
  steps_.load(with_values(model.parameters(), weights));
}

void DeviceRuns::take(Batch batch) {
  batch_ = std::move(batch);
  step_s(1);  // records it
  record_forward();
  record_update();
}

void DeviceRuns::begin() {
  steps_.begin({.step = next_step_++, .seed = seed, .lr = lr, .window = {&batch_, 1}});
}

double DeviceRuns::step_s(int count) {
  journal::Step record;
  for (std::size_t i = 0; i < steps_.depth(); ++i) begin();
  steps_.finish(record);
  const device::Counts before = backend_.counts();
  const double start = now_s();
  for (int i = 0; i < count; ++i) {
    begin();
    steps_.finish(record);
  }
  const double seconds = (now_s() - start) / count;
  const device::Counts& after = backend_.counts();
  const auto each = [count](std::uint64_t more, std::uint64_t less) {
    return static_cast<double>(more - less) / count;
  };
  per_step_ = {each(after.runs, before.runs), each(after.recordings, before.recordings),
               each(after.copies, before.copies), each(after.waits, before.waits)};
  for (std::size_t i = 1; i < steps_.depth(); ++i) steps_.finish(record);
  return seconds;
}

void DeviceRuns::record_forward() {
  const device::BatchShape shape = device::shape_of(batch_);
  device::PaddedBatch here(shape, zero_bytes(device::PaddedBatch::layout_bytes(shape)));
  here.fill(batch_);
  forward_batch_ = here.memory().to(backend_.device());
  const auto forward = [this, shape] {
    const at::NoGradGuard no_grad;
    device::DeviceWeights theta(backend_.watched_parameters(), backend_.watched_passes());
    forward_loss_ = model_.loss(theta, device::PaddedBatch(shape, forward_batch_).batch());
  };
  forward_ = backend_.record(forward, forward);
}

double DeviceRuns::two_forwards_s(int count) {
  return timed(backend_, count, [this] {
    backend_.run(*forward_);
    backend_.run(*forward_);
  });
}

double DeviceRuns::loss() {
  backend_.run(*forward_);
  wait(backend_);
  return forward_loss_.item<double>();
}

// The update alone, with the numbers of a typical step.
void DeviceRuns::record_update() {
  const device::Rule rule{.eps = 1e-3,
                          .weight_decay = 0,
                          .clip = std::numeric_limits<double>::infinity(),
                          .directions = 1,
                          .micro_batches = 1,
                          .sign = false};
  const at::Tensor memory = zero_bytes(device::StepBuffers::layout_bytes(rule));
  const device::StepNumbers numbers = device::StepBuffers(rule, memory).numbers();
  *numbers.input = {seed, 0, 0, lr};
  numbers.shares[0] = 1;
  numbers.losses[0] = 1.001f;
  numbers.losses[1] = 1;
  update_numbers_ = memory.to(backend_.device());
  const device::StepBuffers there(rule, update_numbers_);
  device::Passes& passes = backend_.watched_passes();
  passes.begin_step(there);
  passes.end_step(there);
  update_ =
      backend_.record([] {}, [&passes, there] { passes.update(there.terms(), there.update()); });
}

double DeviceRuns::update_s(int count) {
  return timed(backend_, count, [this] { backend_.run(*update_); });
}

}  // namespace trainbus::bench
