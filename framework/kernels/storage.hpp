// How parameters are stored in memory. For every format the kernels compute in float32: they widen
// when reading and round once when writing.
//
//   Float32           4 bytes
//   BFloat16          2 bytes; rounded to nearest, ties to even
//   Float16           2 bytes, IEEE binary16 with subnormals; rounded to nearest, ties to even, to
//                     infinity from 65520 on
//   BFloat16Residual  3 bytes: a bfloat16, which is all that forward passes read, and 8 more bits
//                     in an array of their own, which only updates, replay, loading and saving
//                     read. Keeps updates that bfloat16 alone would round away.
//   BFloat16Split     4 bytes: the same with 16 more bits, together a float32. Forward passes read
//                     half of it.
//
// The rule of BFloat16Residual, in integers, so that every machine agrees: the master M is the top
// 24 bits of the float32 pattern, rounded to nearest, ties to even, as an integer (a carry goes on
// into the exponent, from the largest numbers to infinity). bfloat16 = (M + 0x80) >> 8 as a
// pattern, residual = M - (bfloat16 << 8), from -128 to 127; the value is the float32 of pattern
// M << 8. So the bfloat16 is the value rounded to nearest, ties away from zero, and it is infinite
// where the value exceeds the largest bfloat16 by half a unit, although the value stays finite.
// Infinities have residual 0. BFloat16Split is the same with all 32 bits of the pattern: bfloat16 =
// (P + 0x8000) >> 16, residual = P - (bfloat16 << 16), from -32768 to 32767. Any NaN is stored, in
// all formats but Float32, as the positive quiet NaN without payload.
//
// One-dimensional parameters (norm weights, biases) are kept in Float32 whatever the others are:
// they are few, and near 1 a perturbation by 1e-3 is less than bfloat16's half unit. This is a
// convention of the code that allocates parameters; the kernels take any format for any shape.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

enum class Format { Float32, BFloat16, Float16, BFloat16Residual, BFloat16Split };

// Bytes of a parameter in the array of residuals, 0 if there is none.
constexpr std::int64_t residual_bytes(Format format) {
  return format == Format::BFloat16Residual ? 1 : format == Format::BFloat16Split ? 2 : 0;
}

// Of a parameter in memory, the residual included.
constexpr std::int64_t bytes_per_parameter(Format format) {
  return (format == Format::Float32 ? 4 : 2) + residual_bytes(format);
}

// A tensor's parameters, contiguous, owned by the caller. values: float32, or 16-bit patterns.
// residuals: one a parameter, int8 for BFloat16Residual, int16 for BFloat16Split, otherwise
// ignored.
struct Stored {
  Format format;
  void* values;
  void* residuals;

  // NOLINTNEXTLINE(google-explicit-constructor): plain float32 is the common case
  Stored(float* float32) : format(Format::Float32), values(float32), residuals(nullptr) {}
  Stored(Format f, void* v, void* r = nullptr) : format(f), values(v), residuals(r) {}
};

struct ConstStored {
  Format format;
  const void* values;
  const void* residuals;

  // NOLINTNEXTLINE(google-explicit-constructor)
  ConstStored(const float* float32)
      : format(Format::Float32), values(float32), residuals(nullptr) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  ConstStored(const Stored& s) : format(s.format), values(s.values), residuals(s.residuals) {}
  ConstStored(Format f, const void* v, const void* r = nullptr)
      : format(f), values(v), residuals(r) {}
};

// The part that forward passes read: for formats with a residual the bfloat16, for others all.
TRAINBUS_EXPORT ConstStored forward_part(const ConstStored& parameters);

// The parameters from element `offset` on.
TRAINBUS_EXPORT Stored advanced(const Stored& parameters, std::int64_t offset);
TRAINBUS_EXPORT ConstStored advanced(const ConstStored& parameters, std::int64_t offset);

// Rounds float32 to parameters, and widens parameters to float32 (exactly, with the
// residual: load(forward_part(p), …) gives what forward passes see). count elements each, not
// overlapping unless both are float32 and equal. The bits do not depend on the instruction set or
// the number of threads. Expects the default rounding mode. Run on OpenMP's threads.
TRAINBUS_EXPORT void store(const float* from, const Stored& to, std::int64_t count);
TRAINBUS_EXPORT void load(const ConstStored& from, float* to, std::int64_t count);

}  // namespace trainbus::kernels
