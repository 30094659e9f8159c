// A third-party program: a schedule of trainbus's with tensors of LibTorch's.
#include <ATen/ops/full.h>

#include <cstdio>

#include "engine/schedule.hpp"

int main() {
  trainbus::Schedule schedule;
  schedule.lr = 1.0;
  schedule.total_steps = 10;
  const at::Tensor rates = at::full({2}, schedule.at(5));
  std::printf("%g\n", rates.sum().item<double>());
}
