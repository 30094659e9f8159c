// CRC-32C (Castagnoli; RFC 3720, B.4): finds bytes that a disk or a crash changed.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The CRC of all bytes so far, of which crc is that of those before these: 0 for the first call.
// Uses the processor's instruction where there is one. Any thread.
TRAINBUS_EXPORT std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);

// The same in portable code, several times slower: what processors without the instruction run.
TRAINBUS_EXPORT std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes);

}  // namespace trainbus
