// Models that llama-gguf-split has cut into several files.
#include <algorithm>
#include <optional>
#include <string>
#include <system_error>

#include "core/io/error.hpp"
#include "formats/gguf/parser.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, GgufValue, std::less<>>;

std::optional<std::uint64_t> number_at(const Metadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  if (const auto* number = std::get_if<std::uint64_t>(&found->second)) return *number;
  const auto* number = std::get_if<std::int64_t>(&found->second);
  return number == nullptr || *number < 0 ? UINT64_MAX : static_cast<std::uint64_t>(*number);
}

// "-00002-of-00003.gguf"
std::string ending(std::uint64_t number, std::uint64_t count) {
  const auto digits = [](std::uint64_t value) {
    const std::string text = std::to_string(value);
    constexpr std::size_t width = 5;
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return "-" + digits(number + 1) + "-of-" + digits(count) + ".gguf";
}

}  // namespace

GgufPart gguf_part(const Metadata& metadata, const std::string& where) {
  const std::uint64_t count = number_at(metadata, "split.count").value_or(1);
  const std::uint64_t number = number_at(metadata, "split.no").value_or(0);
  if (count <= 1) return {};
  constexpr std::uint64_t most = 0xFFFF;  // the file has them in 16 bits
  if (count > most || number >= count)
    throw UsageError("says that it is part " + std::to_string(number) + ", counted from 0, of " +
                         std::to_string(count),
                     where, "The file is damaged; get it again from its source.");
  return {number, count};
}

std::vector<fs::path> gguf_part_paths(const fs::path& path, const GgufPart& part) {
  if (part.count == 1) return {path};
  const std::string is_part = "is part " + std::to_string(part.number + 1) + " of " +
                              std::to_string(part.count) + " of a split model";
  const std::string name = path.filename().string(), own = ending(part.number, part.count);
  if (!name.ends_with(own))
    throw UsageError(is_part + ", but its name does not end in " + own, path.string(),
                     "Give the parts the names that they were published with.");
  std::vector<fs::path> paths;
  for (std::uint64_t i = 0; i < part.count; ++i) {
    paths.push_back(path.parent_path() /
                    (name.substr(0, name.size() - own.size()) + ending(i, part.count)));
    std::error_code ignored;
    if (!fs::exists(paths.back(), ignored))
      throw UsageError(is_part + ", and " + paths.back().filename().string() + " is not there",
                       path.string(), "Put all parts into one folder.");
  }
  return paths;
}

}  // namespace trainbus
