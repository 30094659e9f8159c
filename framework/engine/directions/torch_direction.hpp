// z as the published MeZO trainer draws it: LibTorch's CPU generator, reseeded for every step.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "models/weights/direction.hpp"

namespace trainbus {

// z_i ~ N(0, 1), drawn parameter after parameter in the documented order from one generator seeded
// with `seed`, and held in memory: as large as the model. The numbers are LibTorch's, equal on AVX2
// and AVX-512 machines but not on older ones. Only for comparison with the original implementation;
// CounterDirection is faster and needs no memory.
class TRAINBUS_EXPORT TorchDirection final : public Direction {
 public:
  TorchDirection(const Parameters& parameters, std::uint64_t seed);

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
              float decay) const override;

 private:
  std::vector<at::Tensor> z_;
};

// The seed of each step, as the published trainer draws it: numpy's global generator (MT19937
// seeded with the run's seed), randint(1000000000) once a step.
class TRAINBUS_EXPORT StepSeeds {
 public:
  explicit StepSeeds(std::uint32_t run_seed) : run_seed_(run_seed), generator_(run_seed) {}
  // Of optimizer step `step`, counted from 0. Cheap when asked in order.
  std::uint32_t at(std::uint64_t step);

 private:
  std::uint32_t draw();
  std::uint32_t run_seed_;
  std::mt19937 generator_;
  std::uint64_t next_ = 0;
};

}  // namespace trainbus
