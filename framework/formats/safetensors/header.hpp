// The JSON header of a safetensors file, both ways. Internal to the reader and the writer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors/safetensors.hpp"

namespace trainbus {

// The format's own limit, on reading and writing.
constexpr std::uint64_t largest_safetensors_header = 100'000'000;

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

// json: the header without its length. data_bytes: what follows it in the file. Throws UsageError.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           const std::string& where);

// Compact JSON, padded with blanks to a multiple of 8 bytes.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace trainbus
