#include "formats/safetensors/safetensors.hpp"

#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "formats/foreign_file.hpp"
#include "formats/safetensors/header.hpp"

namespace trainbus {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : file_(path) {
  constexpr std::string_view remedy =
      "The file is cut off, damaged or not safetensors; get it again.";
  const std::string_view text = file_.text();
  refuse_foreign(text, path, FileKind::Safetensors);
  std::uint64_t header_bytes = 0;
  if (text.size() < sizeof header_bytes)
    throw UsageError("has " + std::to_string(text.size()) + " bytes, expected at least 8",
                     path.string(), remedy);
  std::memcpy(&header_bytes, text.data(), sizeof header_bytes);
  const std::uint64_t rest = text.size() - sizeof header_bytes;
  if (header_bytes > rest || header_bytes > largest_safetensors_header)
    throw UsageError("announces a header of " + std::to_string(header_bytes) + " bytes, but " +
                         std::to_string(rest) + " bytes follow and the format allows " +
                         std::to_string(largest_safetensors_header),
                     path.string(), remedy);
  SafetensorsHeader header = parse_safetensors_header(
      text.substr(sizeof header_bytes, header_bytes), rest - header_bytes, path.string());
  data_offset_ = sizeof header_bytes + header_bytes;
  tensors_ = std::move(header.tensors);
  metadata_ = std::move(header.metadata);
  for (std::size_t i = 0; i < tensors_.size(); ++i) index_.emplace(tensors_[i].name, i);
}

std::uint64_t row_bytes(const TensorInfo& tensor, std::int64_t begin, std::int64_t end) {
  if (tensor.shape.size() < 2) return begin == end ? 0 : tensor.bytes;
  if (tensor.bytes == 0) return 0;
  return tensor.bytes / static_cast<std::uint64_t>(tensor.shape.front()) *
         static_cast<std::uint64_t>(end - begin);
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const TensorInfo& SafetensorsFile::at(std::string_view name) const {
  if (const TensorInfo* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors_) names.push_back(tensor.name);
  const std::string hint = did_you_mean(name, names);
  throw UsageError(
      "has no tensor \"" + std::string(name) + "\" among its " + std::to_string(names.size()),
      path().string(), hint.empty() ? "Use a checkpoint of this architecture." : hint);
}

void SafetensorsFile::copy(const TensorInfo& tensor, std::int64_t begin, std::int64_t end,
                           std::byte* out) const {
  file_.read(data_offset_ + tensor.offset + row_bytes(tensor, 0, begin),
             {out, row_bytes(tensor, begin, end)});
}

std::span<const std::byte> SafetensorsFile::data(const TensorInfo& tensor) const {
  return file_.bytes().subspan(data_offset_ + tensor.offset, tensor.bytes);
}

}  // namespace trainbus
