// The instruction set that the kernels use: the best that this processor has, unless another is
// set.
#pragma once

#include <string_view>

#include "core/export.hpp"

namespace trainbus::kernels {

// Avx2 needs AVX2, FMA and F16C; Avx512 needs AVX-512 F, BW, DQ and VL as well.
enum class Cpu { Scalar, Avx2, Avx512 };

// The best one that this processor and this build have.
TRAINBUS_EXPORT Cpu best_cpu();
// The one in use: best_cpu(), or what the environment's TRAINBUS_CPU (scalar, avx2, avx512) says.
// The environment is read once, at the first use; throws UsageError if it names an unknown one or
// one that this processor lacks.
TRAINBUS_EXPORT Cpu cpu();
// Sets the instruction set; throws UsageError if this processor lacks it. Not while a kernel runs.
TRAINBUS_EXPORT void use_cpu(Cpu cpu);
// "scalar", "avx2", "avx512". Runs record it: perturbing and updating give the same bits on all of
// them, the layer loops do not.
TRAINBUS_EXPORT std::string_view cpu_name(Cpu cpu);

}  // namespace trainbus::kernels
