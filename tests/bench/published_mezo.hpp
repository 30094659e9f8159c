// The published MeZO trainer's step (princeton-nlp/MeZO, large_models/trainer.py) in plain
// LibTorch: the peer that the benchmark measures against. Its sequence of operations is kept: every
// product and sum is a tensor operation that makes a new tensor, z is drawn four times, parameters
// are perturbed in place and restored. Everything is done where the parameters are and in their
// type.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace trainbus::bench {

struct PublishedMezo {
  std::vector<at::Tensor> parameters;  // in the model's order; replaced by every operation
  std::vector<bool> decays;            // of each parameter, whether weight decay applies
  std::function<at::Tensor(const std::vector<at::Tensor>&)> loss;  // a whole forward
  double lr = 1e-7, eps = 1e-3, weight_decay = 0;

  double forward() const;  // one loss, read back
  void step(std::uint64_t seed);

 private:
  void perturb(std::uint64_t seed, double scaling_factor);
  void update(std::uint64_t seed, double projected_grad);

  at::Tensor total_loss_;  // of the steps whose loss was finite
};

}  // namespace trainbus::bench
