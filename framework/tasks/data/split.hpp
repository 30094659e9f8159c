// Assigns an example to a part of the data, by a fixed function of its group.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::tasks {

enum class Part { Train, Validation, Test };

// FNV-1a (64 bits, offset basis 14695981039346656037, prime 1099511628211) over the bytes, then the
// final mix of MurmurHash3 (fmix64), since FNV alone distributes the upper bits of short texts
// unevenly.
TRAINBUS_EXPORT std::uint64_t split_hash(std::string_view group);

// With u = (split_hash(group) >> 11) / 2^53 in [0, 1): test if u < test_fraction, validation if
// u >= 1 - validation_fraction, else training. So the split depends neither on a seed, nor on the
// order or number of rows, nor on the machine, and changing one fraction does not move the other
// part.
TRAINBUS_EXPORT Part part_of(std::string_view group, double validation_fraction,
                             double test_fraction);

// The share of the groups that is held out for a part, "validation" or "test": as asked; by default
// 0.1, or 0 if the part has a file of its own. Throws UsageError outside of [0, 1), and for both a
// share and a file.
TRAINBUS_EXPORT double part_fraction(std::optional<double> asked, const std::filesystem::path& file,
                                     const std::string& part);

}  // namespace trainbus::tasks
