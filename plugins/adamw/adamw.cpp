// AdamW: Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2), as torch.optim.AdamW
// computes it. As in Hugging Face's trainer, the decay spares biases and norms.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <tuple>

#include "engine/optimizer.hpp"
#include "engine/step.hpp"

namespace {

using namespace trainbus;

class AdamW final : public Optimizer {
 public:
  static constexpr option::Schema options[] = {
      option::real("lr", "5e-05", "peak learning rate").min(0).max(1e3),
      option::real("beta1", "0.9", "decay β1 of the first moment").min(0).max(0.9999999),
      option::real("beta2", "0.999", "decay β2 of the second moment").min(0).max(0.9999999999),
      option::real("eps", "1e-08", "added to the denominator").min(0).max(1),
      option::real("weight-decay", "0",
                   "decoupled weight decay λ; spares biases and layer norms by name")
          .min(0)
          .max(1e3),
      option::flag("amsgrad", "false", "keep the largest second moment seen"),
      option::real("max-grad-norm", "1", "clip the gradient's L2 norm to this, 0: no clipping")
          .min(0)
          .max(1e9)};

  explicit AdamW(const OptionValues& o)
      : lr_(o.real("lr")),
        beta1_(o.real("beta1")),
        beta2_(o.real("beta2")),
        eps_(o.real("eps")),
        weight_decay_(o.real("weight-decay")),
        max_grad_norm_(o.real("max-grad-norm")),
        amsgrad_(o.flag("amsgrad")) {}

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override { return {"grad_norm"}; }

  void step(StepContext& step) override {
    step.gradients();
    step.record("grad_norm", step.clip_gradients(max_grad_norm_));
    if (!step.outcome().skipped) ++t_;
    const Parameters& parameters = step.parameters();
    moments_.resize(parameters.size());
    const at::NoGradGuard no_grad;
    const double correction1 = 1 - std::pow(beta1_, t_), correction2 = 1 - std::pow(beta2_, t_);
    step.update_each([&](at::Tensor& theta, const at::Tensor& gradient, ParameterId id) {
      Moments& m = moments_[id];
      if (!m.first.defined())
        m = {at::zeros_like(theta), at::zeros_like(theta),
             amsgrad_ ? at::zeros_like(theta) : at::Tensor()};
      if (parameters[id].decays) theta.mul_(1 - step.lr() * weight_decay_);
      m.first.lerp_(gradient, 1 - beta1_);
      m.second.mul_(beta2_).addcmul_(gradient, gradient, 1 - beta2_);
      if (amsgrad_) at::maximum_out(m.largest, m.largest, m.second);
      const at::Tensor denominator =
          (amsgrad_ ? m.largest : m.second).sqrt().div_(std::sqrt(correction2)).add_(eps_);
      theta.addcdiv_(m.first, denominator, -step.lr() / correction1);
    });
  }

  std::optional<OptimizerState> state(const Parameters& parameters) const override {
    OptimizerState state{{"updates", state_number(t_)}};
    for (ParameterId id = 0; id < moments_.size(); ++id) {
      const std::string& name = parameters[id].name;
      const Moments& m = moments_[id];
      if (m.first.defined()) state["exp_avg." + name] = m.first;
      if (m.second.defined()) state["exp_avg_sq." + name] = m.second;
      if (m.largest.defined()) state["max_exp_avg_sq." + name] = m.largest;
    }
    return state;
  }

  void restore(const OptimizerState& state, const Parameters& parameters) override {
    t_ = state_number(state, "updates");
    moments_.assign(parameters.size(), {});
    for (ParameterId id = 0; id < parameters.size(); ++id) {
      const auto& [name, value] = std::tie(parameters[id].name, parameters[id].value);
      if (!state.contains("exp_avg." + name)) continue;  // no gradient has reached it
      const auto moment = [&](const char* kind) {
        return state_tensor(state, kind + name, value.sizes(), at::kFloat).clone();
      };
      moments_[id] = {moment("exp_avg."), moment("exp_avg_sq."),
                      amsgrad_ ? moment("max_exp_avg_sq.") : at::Tensor()};
    }
  }

 private:
  struct Moments {
    at::Tensor first, second, largest;
  };
  double lr_, beta1_, beta2_, eps_, weight_decay_, max_grad_norm_;
  bool amsgrad_;
  double t_ = 0;  // updates applied
  std::vector<Moments> moments_;
};

}  // namespace

TRAINBUS_OPTIMIZER(AdamW, "adamw", "1.1.0", "Adam with decoupled weight decay")
