// A Backend without a device: the CPU's kernels compute the passes, with the same numbers. Work is
// only done when it is waited for, so that reading too early and overwriting unread data are
// detected; so is, on the strict device, recorded work that mixes memories or waits.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "device/backend.hpp"
#include "engine/directions/counter_direction.hpp"
#include "kernels/perturb.hpp"
#include "kernels/update.hpp"
#include "models/layers/layers.hpp"
#include "support/strict_device.hpp"

namespace trainbus::testing {

class HostPasses final : public device::Passes {
 public:
  HostPasses(device::DeviceParameters& parameters, kernels::Distribution distribution, bool dual)
      : parameters_(parameters), distribution_(distribution), dual_(dual) {}

  std::unique_ptr<device::Target> target(std::span<const ParameterId> ids,
                                         std::span<const at::Tensor> outs) override {
    auto made = std::make_unique<HostTarget>();
    made->ids.assign(ids.begin(), ids.end());
    made->outs.assign(outs.begin(), outs.end());
    return made;
  }
  void perturb(const device::Target& target, const device::TermAt& at, float factor) override {
    const Lenient lenient;
    const auto& [ids, outs] = static_cast<const HostTarget&>(target);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      at::Tensor out = outs[i];
      perturb_one(ids[i], at, factor, out);
    }
  }
  void perturb_rows(ParameterId id, const at::Tensor& rows, const device::TermAt& at, float factor,
                    at::Tensor& out) override {
    const Lenient lenient;
    const device::Term& term = term_at(at);
    const Parameter& theta = parameters_[id];
    const at::Tensor numbers = at::empty(out.sizes(), at::kFloat);
    kernels::perturb_rows(
        theta.stored(), numbers.mutable_data_ptr<float>(), kernel_shape(theta.value), id,
        direction_of(term), factor * term.coefficient,
        {rows.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(rows.numel())});
    out.copy_(numbers);
  }
  // By materialised weights: the definition.
  bool dual_linear(const device::DualLinear& layer, const device::TermAt& at) override {
    const Lenient lenient;
    if (!dual_) return false;
    ++dual_linears;
    const at::Tensor& value = parameters_[layer.matrix].value;
    at::Tensor w = at::empty(value.sizes(), layer.x.options());
    for (const int side : {0, 1}) {
      perturb_one(layer.matrix, at, side == 0 ? 1.0f : -1.0f, w);
      at::Tensor y = at::mm(layer.x[side].to(at::kFloat), w.to(at::kFloat).t());
      if (layer.bias.defined()) y = y + layer.bias[side];
      if (layer.activation) y = activate(*layer.activation, y);
      y = y.to(layer.x.scalar_type());
      if (layer.residual.defined()) y = y + layer.residual[side];
      layer.y[side].copy_(y);
    }
    return true;
  }
  void update(const at::Tensor& terms, const at::Tensor& update) override {
    const Lenient lenient;
    const auto* first = static_cast<const device::Term*>(terms.const_data_ptr());
    const auto& what = *static_cast<const device::DeviceUpdate*>(update.const_data_ptr());
    std::vector<kernels::Term> counted;
    for (std::int32_t i = 0; i < what.term_count; ++i) {
      const device::Term& term = first[what.first_term + i];
      if (!device::is_finite(term.coefficient)) return;
      counted.push_back({direction_of(term), term.coefficient});
    }
    for (ParameterId id = 0; id < parameters_.size(); ++id) {
      Parameter& p = parameters_[id];
      if (!p.trainable) continue;
      kernels::update(p.stored(), kernel_shape(p.value), id, counted, p.decays ? what.decay : 0);
    }
  }
  void begin_step(const device::StepBuffers& buffers) override {
    device::set_perturbations(buffers.rule(), buffers.numbers());
  }
  void end_step(const device::StepBuffers& buffers) override {
    device::set_update(buffers.rule(), buffers.numbers());
  }
  void rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps, at::Tensor& y) override {
    const Lenient lenient;
    for (std::int64_t s = 0; s < x.size(0); ++s)
      y[s].copy_(layers::rms_norm(x[s].to(at::kFloat), weight[s], eps));
  }
  void layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps,
                  at::Tensor& y) override {
    const Lenient lenient;
    for (std::int64_t s = 0; s < x.size(0); ++s)
      y[s].copy_(layers::layer_norm(x[s].to(at::kFloat), weight[s], bias[s], eps));
  }

  int dual_linears = 0;

 private:
  struct HostTarget final : device::Target {
    std::vector<ParameterId> ids;
    std::vector<at::Tensor> outs;
  };

  static const device::Term& term_at(const device::TermAt& at) {
    return static_cast<const device::Term*>(at.terms.const_data_ptr())[at.index];
  }
  kernels::Direction direction_of(const device::Term& term) const {
    return {term.seed, term.step, term.direction, distribution_};
  }
  void perturb_one(ParameterId id, const device::TermAt& at, float factor, at::Tensor& out) {
    const device::Term& term = term_at(at);
    const Parameter& theta = parameters_[id];
    const at::Tensor numbers = at::empty(theta.value.sizes(), at::kFloat);
    kernels::perturb(theta.stored(), numbers.mutable_data_ptr<float>(), kernel_shape(theta.value),
                     id, direction_of(term), factor * term.coefficient);
    out.copy_(numbers);
  }

  device::DeviceParameters& parameters_;
  kernels::Distribution distribution_;
  bool dual_;
};

class HostBackend final : public device::Backend {
 public:
  explicit HostBackend(bool dual, at::Device device = strict_device())
      : dual_(dual), device_(device) {}

  at::Device device() const override { return device_; }
  std::string description() const override { return "the CPU, as a device"; }
  std::unique_ptr<device::Passes> passes(device::DeviceParameters& parameters,
                                         kernels::Distribution distribution) override {
    auto made = std::make_unique<HostPasses>(parameters, distribution, dual_);
    last_passes = made.get();
    return made;
  }
  at::Tensor staging(std::int64_t bytes) override { return at::empty({bytes}, at::kByte); }
  std::unique_ptr<device::Mark> mark() override {
    auto made = std::make_unique<HostMark>();
    made->place = done_ + waiting_.size();
    return made;
  }
  bool reached(const device::Mark& mark) override {
    return done_ >= static_cast<const HostMark&>(mark).place;
  }

  HostPasses* last_passes = nullptr;

 private:
  struct HostMark final : device::Mark {
    std::uint64_t place = 0;
  };
  struct HostWork final : device::Work {
    std::function<void()> work;
  };

  void enqueue_copy(at::Tensor to, const at::Tensor& from) override {
    waiting_.push_back([to, from]() mutable { to.copy_(from); });
  }
  std::unique_ptr<device::Work> make_recording(const std::function<void()>& warm_up,
                                               const std::function<void()>& work) override {
    finish();
    warm_up();
    auto made = std::make_unique<HostWork>();
    made->work = work;
    return made;
  }
  void enqueue(device::Work& work) override {
    waiting_.push_back([&recorded = static_cast<HostWork&>(work).work] {
      const NoWaiting no_waiting;
      recorded();
    });
  }
  void wait_for(const device::Mark& mark) override {
    while (!reached(mark)) do_next();
  }
  void do_next() {
    waiting_.front()();
    waiting_.pop_front();
    ++done_;
  }
  void finish() {
    while (!waiting_.empty()) do_next();
  }

  bool dual_;
  at::Device device_;
  std::deque<std::function<void()>> waiting_;
  std::uint64_t done_ = 0;
};

}  // namespace trainbus::testing
