#include "kernels/cpu.hpp"

#include <atomic>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "kernels/simd/kernel_table.hpp"

#ifdef TRAINBUS_KERNELS_X86
#include <cpuid.h>
#endif

namespace trainbus::kernels {
namespace {

const KernelTable& table_of(Cpu cpu) {
  switch (cpu) {
#ifdef TRAINBUS_KERNELS_X86
    case Cpu::Avx512:
      return avx512_kernels();
    case Cpu::Avx2:
      return avx2_kernels();
#endif
    default:
      return scalar_kernels();
  }
}

void check(Cpu cpu, std::string_view where) {
  if (cpu <= best_cpu()) return;
  throw UsageError("this processor has no " + std::string(cpu_name(cpu)) + "; its best is " +
                       std::string(cpu_name(best_cpu())),
                   where, "Choose that one or a lesser one of scalar, avx2, avx512.");
}

Cpu initial_cpu() {
  const char* variable = std::getenv("TRAINBUS_CPU");
  if (!variable || !*variable) return best_cpu();
  for (Cpu cpu : {Cpu::Scalar, Cpu::Avx2, Cpu::Avx512})
    if (variable == cpu_name(cpu)) {
      check(cpu, "TRAINBUS_CPU");
      return cpu;
    }
  throw UsageError("unknown instruction set '" + std::string(variable) + "'", "TRAINBUS_CPU",
                   "Use scalar, avx2 or avx512, or leave it unset.");
}

#ifdef TRAINBUS_KERNELS_X86
// Not every compiler's __builtin_cpu_supports supports it.
bool has_f16c() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}
#endif

std::atomic<Cpu>& current() {
  static std::atomic<Cpu> cpu = initial_cpu();
  return cpu;
}

}  // namespace

Cpu best_cpu() {
#ifdef TRAINBUS_KERNELS_X86
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c())
    return Cpu::Scalar;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 ? Cpu::Avx512 : Cpu::Avx2;
#else
  return Cpu::Scalar;
#endif
}

Cpu cpu() { return current(); }

void use_cpu(Cpu cpu) {
  check(cpu, "kernels");
  current() = cpu;
}

std::string_view cpu_name(Cpu cpu) {
  switch (cpu) {
    case Cpu::Avx512:
      return "avx512";
    case Cpu::Avx2:
      return "avx2";
    default:
      return "scalar";
  }
}

const KernelTable& kernel_table() { return table_of(cpu()); }

}  // namespace trainbus::kernels
