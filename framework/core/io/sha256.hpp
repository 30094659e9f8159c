// SHA-256 (FIPS 180-4): identifies the exact files of a run in its record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Sha256 {
 public:
  void update(std::string_view bytes);
  // The digest of all bytes so far, in hexadecimal or as bytes. Ends the use of this object.
  std::string finish();
  std::array<std::uint8_t, 32> finish_bytes();

 private:
  void compress(const unsigned char* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> block_ = {};
  std::uint64_t bytes_ = 0;
};

}  // namespace trainbus
