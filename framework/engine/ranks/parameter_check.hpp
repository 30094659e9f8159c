// Finds out whether processes still have the same parameters, a part at every step, so that a flaw
// of one machine's memory does not go on for long.
#pragma once

#include <cstdint>

#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus::ranks {

// A number that is equal where the parameters are: over one part of their bytes (values and
// residuals of the trainable ones), another part for each `turn`; all of them over bytes /
// part_bytes turns. CRC-32C, at the speed of memory.
inline constexpr std::int64_t part_bytes = 256 * 1024;
TRAINBUS_EXPORT std::uint64_t check_of(const Parameters& parameters, std::uint64_t turn);

}  // namespace trainbus::ranks
