// A reference of the storage formats that rounds real numbers to multiples of a unit instead of
// using bit patterns as the kernels do; and parameters to run kernels on.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ostream>
#include <vector>

#include "kernels/kernels_test_support.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

inline std::ostream& operator<<(std::ostream& out, Format format) {
  const char* names[] = {"float32", "bfloat16", "float16", "bfloat16 + residual",
                         "bfloat16, split"};
  return out << names[static_cast<int>(format)];
}

inline std::ostream& operator<<(std::ostream& out, Distribution distribution) {
  const char* names[] = {"Rademacher", "Gaussian", "Binomial"};
  return out << names[static_cast<int>(distribution)];
}

namespace testing {

inline constexpr Format formats[] = {Format::Float32, Format::BFloat16, Format::Float16,
                                     Format::BFloat16Residual, Format::BFloat16Split};
inline constexpr Distribution distributions[] = {Distribution::Rademacher, Distribution::Gaussian,
                                                 Distribution::Binomial};

// Rounds a real number to an integer.
using Rounding = double (*)(double);
inline double to_even(double x) { return std::nearbyint(x); }
inline double from_zero(double x) { return std::round(x); }

// To the nearest number with so many bits after the leading one, the exponent at least
// least_exponent; infinite if that exceeds 2^most_exponent·(2 - 2^-bits).
inline double rounded(double x, int bits, int least_exponent, int most_exponent,
                      Rounding rounding = to_even) {
  if (x == 0 || !std::isfinite(x)) return x;
  const int exponent = std::max(std::ilogb(x), least_exponent);
  const double unit = std::ldexp(1.0, exponent - bits);
  const double y = rounding(x / unit) * unit;
  return std::abs(y) >= std::ldexp(1.0, most_exponent + 1)
             ? std::copysign(std::numeric_limits<double>::infinity(), x)
             : y;
}

inline std::uint32_t pattern(double float32) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(float32));
}

inline std::uint16_t bfloat16_of(float x, Rounding rounding = to_even) {
  if (std::isnan(x)) return 0x7fc0;
  return static_cast<std::uint16_t>(pattern(rounded(x, 7, -126, 127, rounding)) >> 16);
}
inline float bfloat16_value(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

inline double float16_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}
inline std::uint16_t float16_of(float x) {
  if (std::isnan(x)) return 0x7e00;
  const double y = rounded(x, 10, -14, 15), magnitude = std::abs(y);
  const int sign = std::signbit(y) ? 0x8000 : 0;
  int bits;
  if (magnitude < std::ldexp(1, -14)) {
    bits = static_cast<int>(std::ldexp(magnitude, 24));
  } else if (std::isinf(y)) {
    bits = 0x7c00;
  } else {
    const int exponent = std::ilogb(magnitude);
    bits = (exponent + 15) * 1024 + static_cast<int>(std::ldexp(magnitude, 10 - exponent)) - 1024;
  }
  return static_cast<std::uint16_t>(sign | bits);
}

// The value of bfloat16 with residual.
inline float master_of(float x) {
  return std::isnan(x) ? std::bit_cast<float>(0x7fc00000)
                       : static_cast<float>(rounded(x, 15, -126, 127));
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), 4 * a.size()) == 0);
}

// A tensor's parameters in any format, with their rules element by element.
class Parameters {
 public:
  Parameters(Format format, const std::vector<float>& values)
      : format_(format),
        float32_(values.size()),
        bits_(values.size()),
        residuals_(values.size()),
        low_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) set(i, values[i]);
  }

  Stored stored() {
    if (format_ == Format::Float32) return float32_.data();
    if (format_ == Format::BFloat16Split) return {format_, bits_.data(), low_.data()};
    return {format_, bits_.data(), residuals_.data()};
  }
  std::size_t size() const { return bits_.size(); }

  float value(std::size_t i) const {
    if (format_ == Format::BFloat16Split)
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits_[i] * 65536LL + low_[i]));
    if (format_ != Format::BFloat16Residual) return seen(i);
    const int master = bits_[i] * 256 + residuals_[i];
    return std::bit_cast<float>(static_cast<std::uint32_t>(master) << 8);
  }
  float seen(std::size_t i) const {
    if (format_ == Format::Float32) return float32_[i];
    if (format_ == Format::Float16) return static_cast<float>(float16_value(bits_[i]));
    return bfloat16_value(bits_[i]);
  }
  void set(std::size_t i, float x) {
    if (format_ == Format::Float32) {
      float32_[i] = x;
    } else if (format_ == Format::Float16) {
      bits_[i] = float16_of(x);
    } else if (format_ == Format::BFloat16) {
      bits_[i] = bfloat16_of(x);
    } else if (format_ == Format::BFloat16Split) {
      const float whole = std::isnan(x) ? std::bit_cast<float>(0x7fc00000) : x;
      bits_[i] = bfloat16_of(whole, from_zero);
      low_[i] = static_cast<std::int16_t>(pattern(whole) - bits_[i] * 65536LL);
    } else {
      const float master = master_of(x);
      bits_[i] = bfloat16_of(master, from_zero);
      const int low = static_cast<int>(pattern(master) >> 8) - bits_[i] * 256;
      residuals_[i] = static_cast<std::int8_t>(low);
    }
  }

  bool operator==(const Parameters& other) const {
    return same_bits(float32_, other.float32_) && bits_ == other.bits_ &&
           residuals_ == other.residuals_ && low_ == other.low_;
  }

 private:
  Format format_;
  std::vector<float> float32_;
  std::vector<std::uint16_t> bits_;
  std::vector<std::int8_t> residuals_;
  std::vector<std::int16_t> low_;
};

// Calls use(cpu, threads) with all that this machine offers, in force.
template <class Use>
void on_all_cpus(const Use& use) {
  for (const Cpu cpu : all_cpus())
    for (const int threads : {1, 2}) {
      const Using setting(cpu, threads);
      use(cpu, threads);
    }
}

}  // namespace testing
}  // namespace trainbus::kernels
