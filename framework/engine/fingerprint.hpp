// A short name for the exact state of a model's parameters.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// SHA-256 over every parameter's name, shape, format, whether it is frozen, and the CRC-32C of its
// bytes, values and residuals, in the order of their ids: equal for equal bits, at the speed of
// memory. All threads.
TRAINBUS_EXPORT std::array<std::uint8_t, 32> fingerprint(const Parameters& parameters);
// The same over the trainable parameters only, since a step changes no others; equal to
// fingerprint() if all are trainable.
TRAINBUS_EXPORT std::array<std::uint8_t, 32> trainable_fingerprint(const Parameters& parameters);
// The same as fingerprint() without the values, to compare which parameters there are. In
// hexadecimal.
TRAINBUS_EXPORT std::string layout_fingerprint(const Parameters& parameters);

}  // namespace trainbus
