#include "models/files/nonfinite.hpp"

#include <algorithm>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

// Bits: an unsigned type as wide as the numbers. exponent: its bits, which are all set in NaN and
// infinity.
template <class Bits, Bits exponent>
struct Pattern {
  static constexpr Bits lowest = exponent & (~exponent + 1);

  static bool any(const void* numbers, std::int64_t count) {
    const auto* bits = static_cast<const Bits*>(numbers);
    Bits found = 0;  // a carry goes into the sign's place if all bits of an exponent are set
    for (std::int64_t i = 0; i < count; ++i)
      found |= static_cast<Bits>((bits[i] & exponent) + lowest);
    return found >> (8 * sizeof(Bits) - 1) != 0;
  }
  static std::int64_t count(const void* numbers, std::int64_t count) {
    const auto* bits = static_cast<const Bits*>(numbers);
    return std::count_if(bits, bits + count, [](Bits b) { return (b & exponent) == exponent; });
  }
};

using Float32 = Pattern<std::uint32_t, 0x7F800000>;
using BFloat16 = Pattern<std::uint16_t, 0x7F80>;
using Float16 = Pattern<std::uint16_t, 0x7C00>;

template <class Then>
auto with_pattern(kernels::Format format, const Then& then) {
  if (format == kernels::Format::Float32) return then(Float32());
  return format == kernels::Format::Float16 ? then(Float16()) : then(BFloat16());
}

}  // namespace

bool any_nonfinite(const kernels::ConstStored& numbers, std::int64_t count) {
  return with_pattern(numbers.format,
                      [&](auto pattern) { return pattern.any(numbers.values, count); });
}

void NonFinite::look(const kernels::ConstStored& numbers, std::int64_t first, std::int64_t rows,
                     std::int64_t columns, bool converted) {
  if (!any_nonfinite(numbers, rows * columns)) return;
  for (std::int64_t row = 0; row < rows; ++row) {
    const void* at = kernels::advanced(numbers, row * columns).values;
    add(with_pattern(numbers.format, [&](auto pattern) { return pattern.count(at, columns); }),
        first + row, converted);
  }
}

void NonFinite::add(std::int64_t count, std::int64_t row, bool converted) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  if (count_ == 0 || row < row_) row_ = row;
  count_ += count;
  converted_ = converted;
}

void NonFinite::check(const std::string& name, const std::filesystem::path& file,
                      kernels::Format format) const {
  if (count_ == 0) return;
  const std::string where = "the first in row " + std::to_string(row_);
  if (!converted_)
    throw UsageError(
        "tensor '" + name + "' holds " + std::to_string(count_) +
            (count_ == 1 ? " number that is NaN or infinite, in row " + std::to_string(row_)
                         : " numbers that are NaN or infinite, " + where),
        file.string(),
        "The file is damaged, or the training that wrote it had diverged; take an "
        "earlier checkpoint.");
  const bool half = format == kernels::Format::Float16;
  throw UsageError("tensor '" + name + "' holds " + std::to_string(count_) +
                       " of the numbers that are too large for " +
                       (half ? "float16, whose largest is 65504, " : "bfloat16, ") + where,
                   file.string(),
                   half ? "Use --dtype float32 or bfloat16." : "Use --dtype float32.");
}

}  // namespace trainbus
