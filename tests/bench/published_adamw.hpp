// A step of AdamW (arXiv 1711.05101) as in PyTorch's fused optimizer, in the parameters' own type
// and memory: the cost of first-order training, compared with MeZO.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace trainbus::bench {

class PublishedAdamw {
 public:
  using Loss = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

  // Allocates copies of the parameters and two moments.
  PublishedAdamw(const std::vector<at::Tensor>& parameters, Loss loss);
  void set_loss(Loss loss) { loss_ = std::move(loss); }
  // Forward, backward, update; nothing is read back.
  void step();

 private:
  Loss loss_;
  std::vector<at::Tensor> parameters_, first_moments_, second_moments_, steps_;
};

}  // namespace trainbus::bench
