#include "published_adamw.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace trainbus::bench {

PublishedAdamw::PublishedAdamw(const std::vector<at::Tensor>& parameters, Loss loss)
    : loss_(std::move(loss)) {
  for (const at::Tensor& p : parameters) {
    parameters_.push_back(p.clone().requires_grad_(true));
    first_moments_.push_back(at::zeros_like(p));
    second_moments_.push_back(at::zeros_like(p));
    steps_.push_back(at::zeros({}, p.options().dtype(at::kFloat)));
  }
}

void PublishedAdamw::step() {
  {
    const at::AutoGradMode with_gradients(true);
    loss_(parameters_).backward();
  }
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (at::Tensor& p : parameters_) {
    gradients.push_back(p.grad());
    p.mutable_grad().reset();
  }
  at::_foreach_add_(steps_, 1);
  constexpr double lr = 1e-7, beta1 = 0.9, beta2 = 0.999, weight_decay = 0, eps = 1e-8;
  at::_fused_adamw_(parameters_, gradients, first_moments_, second_moments_, {}, steps_, lr, beta1,
                    beta2, weight_decay, eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace trainbus::bench
