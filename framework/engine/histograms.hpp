// How a tensor's numbers are distributed, for sinks that draw it.
#pragma once

#include <cstddef>
#include <span>

#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "models/parameters.hpp"

namespace trainbus {

inline constexpr std::size_t histogram_buckets = 64;

// Of float32 numbers: 64 buckets of equal width from the least to the greatest finite one; one
// bucket if all are equal, none if there is no finite number. Sums are taken in double precision,
// in order, so they do not depend on threads.
TRAINBUS_EXPORT Histogram histogram_of(std::span<const float> values);
// Of a parameter in any format, as its whole value.
TRAINBUS_EXPORT Histogram histogram_of(const Parameter& parameter);

}  // namespace trainbus
