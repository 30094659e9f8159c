// How a tensor's numbers are distributed, for sinks that draw it.
#pragma once

#include <cstddef>
#include <span>

#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

inline constexpr std::size_t histogram_buckets = 64;

// The histogram of float32 numbers: 64 buckets of equal width from the least to the greatest finite
// number; one bucket if all are equal, none if no number is finite. Sums are computed in double
// precision and in order, so they do not depend on the number of threads.
TRAINBUS_EXPORT Histogram histogram_of(std::span<const float> values);
// The histogram of a parameter in any format, residuals included.
TRAINBUS_EXPORT Histogram histogram_of(const Parameter& parameter);

}  // namespace trainbus
