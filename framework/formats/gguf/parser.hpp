// Reads a GGUF header, checking every length before it is used. Internal to the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf/gguf.hpp"

namespace trainbus {

struct GgufContents {
  std::uint32_t version = 0;
  std::uint64_t data_offset = 0;  // where the data section begins in the file
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;
};

// Which part of a split model a file is: split.no and split.count, as llama-gguf-split writes them.
struct GgufPart {
  std::uint64_t number = 0;  // from 0
  std::uint64_t count = 1;
};
// 0 of 1 for a whole model. Throws UsageError for numbers that cannot be.
GgufPart gguf_part(const std::map<std::string, GgufValue, std::less<>>& metadata,
                   const std::string& where);
// The paths of all parts, in order, from that of one: NAME-00001-of-00003.gguf, …. Throws
// UsageError if the name is none of these, or if one is missing.
std::vector<std::filesystem::path> gguf_part_paths(const std::filesystem::path& path,
                                                   const GgufPart& part);

// Throws UsageError if the file is not a model but an adapter, an importance matrix or a projector.
void refuse_part_of_a_model(const std::map<std::string, GgufValue, std::less<>>& metadata,
                            const std::string& where);

// Views in the result point into file. Throws UsageError naming `where`.
GgufContents parse_gguf(std::span<const std::byte> file, const std::string& where);

}  // namespace trainbus
