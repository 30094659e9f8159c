// CRC-32C (Castagnoli), as TFRecord frames need it.
#pragma once

#include <cstdint>
#include <string_view>

namespace trainbus::tensorboard {

// Reflected polynomial 0x82F63B78, initial value and final exclusive-or 0xFFFFFFFF (RFC 3720, B.4).
std::uint32_t crc32c(std::string_view bytes);

// The CRC, rotated and shifted, so that a CRC over data that holds CRCs stays meaningful.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace trainbus::tensorboard
