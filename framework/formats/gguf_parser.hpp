// Reads a GGUF header, checking every length before it is used. Internal to the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.hpp"

namespace trainbus {

struct GgufContents {
  std::uint32_t version = 0;
  std::uint64_t data_offset = 0;  // where the data section begins in the file
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;
};

// Throws UsageError if the file is not a whole model but an adapter, an importance matrix, a
// projector or a part of a split model.
void refuse_part_of_a_model(const std::map<std::string, GgufValue, std::less<>>& metadata,
                            const std::string& where);

// Views in the result point into file. Throws UsageError naming `where`.
GgufContents parse_gguf(std::span<const std::byte> file, const std::string& where);

}  // namespace trainbus
