// CRC-32C (Castagnoli; RFC 3720, B.4): finds bytes that a disk or a crash changed.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Extends crc, the CRC of the bytes so far (0 for none), by these bytes. Uses the processor's
// instruction where it has one. Any thread.
TRAINBUS_EXPORT std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);

// The same in portable code, several times slower, for processors without the instruction.
TRAINBUS_EXPORT std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes);

}  // namespace trainbus
