// Shared by the kernel tests: all instruction sets, reproducible numbers, shapes at the borders.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/direction.hpp"
#include "kernels/philox.hpp"

namespace trainbus::kernels {

inline std::ostream& operator<<(std::ostream& out, Cpu cpu) { return out << cpu_name(cpu); }

namespace testing {

inline std::vector<Cpu> all_cpus() {
  std::vector<Cpu> cpus{Cpu::Scalar};
  if (best_cpu() >= Cpu::Avx2) cpus.push_back(Cpu::Avx2);
  if (best_cpu() >= Cpu::Avx512) cpus.push_back(Cpu::Avx512);
  return cpus;
}

// Uses one instruction set and number of threads; the former ones again at the end of the scope.
class Using {
 public:
  explicit Using(Cpu cpu, int threads = 2) : cpu_(kernels::cpu()), threads_(omp_get_max_threads()) {
    use_cpu(cpu);
    omp_set_num_threads(threads);
  }
  ~Using() {
    use_cpu(cpu_);
    omp_set_num_threads(threads_);
  }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;

 private:
  Cpu cpu_;
  int threads_;
};

// Evenly distributed in [-1, 1), the same on every machine.
inline std::vector<float> numbers(std::int64_t count, std::uint32_t stream, float magnitude = 1) {
  std::vector<float> x(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = magnitude * static_cast<float>(std::ldexp(philox_word(2024, i, stream), -31) - 1);
  return x;
}

// The largest |a - b| in units of the largest |b|.
inline double relative_distance(const std::vector<float>& a, const std::vector<double>& b) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double distance = std::abs(a[i] - b[i]);
    worst = distance <= worst ? worst : distance;  // NaN counts
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}

}  // namespace testing
}  // namespace trainbus::kernels
