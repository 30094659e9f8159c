// SGD with momentum, dampening, Nesterov momentum and L2 weight decay, as torch.optim.SGD defines
// them. As in Hugging Face's trainer, the decay spares biases and norms.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "core/io/error.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"

namespace {

using namespace trainbus;

class Sgd final : public Optimizer {
 public:
  static constexpr option::Schema options[] = {
      option::real("lr", "0.001", "peak learning rate").min(0).max(1e3),
      option::real("momentum", "0", "momentum factor μ").min(0).max(1),
      option::real("dampening", "0", "dampening τ of the momentum").min(0).max(1),
      option::flag("nesterov", "false", "Nesterov momentum; needs momentum and no dampening"),
      option::real("weight-decay", "0", "L2 penalty λ; spares biases and layer norms by name")
          .min(0)
          .max(1e3),
      option::real("max-grad-norm", "0", "clip the gradient's L2 norm to this, 0: no clipping")
          .min(0)
          .max(1e9)};

  explicit Sgd(const OptionValues& o)
      : lr_(o.real("lr")),
        momentum_(o.real("momentum")),
        dampening_(o.real("dampening")),
        weight_decay_(o.real("weight-decay")),
        max_grad_norm_(o.real("max-grad-norm")),
        nesterov_(o.flag("nesterov")) {
    if (nesterov_ && (momentum_ <= 0 || dampening_ != 0))
      throw UsageError("Nesterov momentum needs momentum above 0 and dampening 0, found momentum " +
                           o.text("momentum") + " and dampening " + o.text("dampening"),
                       "sgd.nesterov", "Set --sgd.momentum 0.9, or leave nesterov out.");
  }

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override { return {"grad_norm"}; }

  void step(StepContext& step) override {
    step.gradients();
    step.record("grad_norm", step.clip_gradients(max_grad_norm_));
    const Parameters& parameters = step.parameters();
    buffers_.resize(parameters.size());
    const at::NoGradGuard no_grad;
    step.update_each([&](at::Tensor& theta, const at::Tensor& gradient, ParameterId id) {
      const bool decays = weight_decay_ != 0 && parameters[id].decays;
      at::Tensor d = decays ? gradient.add(theta, weight_decay_) : gradient;
      if (momentum_ != 0) {
        at::Tensor& buffer = buffers_[id];
        buffer = buffer.defined() ? buffer.mul_(momentum_).add_(d, 1 - dampening_) : d.clone();
        d = nesterov_ ? d.add(buffer, momentum_) : buffer;
      }
      theta.sub_(d, step.lr());
    });
  }

  std::optional<OptimizerState> state(const Parameters& parameters) const override {
    OptimizerState state;
    for (ParameterId id = 0; id < buffers_.size(); ++id)
      if (buffers_[id].defined()) state["momentum." + parameters[id].name] = buffers_[id];
    return state;
  }

  void restore(const OptimizerState& state, const Parameters& parameters) override {
    buffers_.assign(parameters.size(), {});
    for (ParameterId id = 0; id < parameters.size(); ++id) {
      const std::string name = "momentum." + parameters[id].name;
      if (state.contains(name))  // otherwise no gradient has reached it
        buffers_[id] = state_tensor(state, name, parameters[id].value.sizes(), at::kFloat).clone();
    }
  }

 private:
  double lr_, momentum_, dampening_, weight_decay_, max_grad_norm_;
  bool nesterov_;
  std::vector<at::Tensor> buffers_;
};

}  // namespace

TRAINBUS_OPTIMIZER(Sgd, "sgd", "1.1.0", "stochastic gradient descent with momentum")
