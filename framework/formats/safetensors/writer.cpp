#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "formats/atomic_file.hpp"
#include "formats/safetensors/header.hpp"
#include "formats/safetensors/safetensors.hpp"

namespace trainbus {
namespace {

// Pointers into tensors, in the order of the file.
std::vector<const TensorSource*> file_order(std::span<const TensorSource> tensors) {
  std::vector<const TensorSource*> order;
  for (const TensorSource& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorSource* a, const TensorSource* b) {
    return a->dtype != b->dtype ? a->dtype > b->dtype : a->name < b->name;
  });
  return order;
}

SafetensorsHeader lay_out(const std::vector<const TensorSource*>& order, const std::string& where) {
  SafetensorsHeader header;
  std::uint64_t end = 0;
  for (const TensorSource* source : order) {
    const std::optional<std::uint64_t> bytes = tensor_bytes(source->dtype, source->shape);
    if (source->name == "__metadata__" || !bytes || (*bytes > 0 && source->data == nullptr))
      throw UsageError("tensor \"" + source->name +
                           "\" cannot be written: its name, shape or data is "
                           "none that the format has",
                       where, "Give it a name, a size and data.");
    header.tensors.push_back({source->name, source->dtype, source->shape, end, *bytes});
    end += *bytes;
  }
  return header;
}

std::uint64_t data_bytes(const SafetensorsHeader& header) {
  return header.tensors.empty() ? 0 : header.tensors.back().offset + header.tensors.back().bytes;
}

}  // namespace

SafetensorsContent::SafetensorsContent(std::span<const TensorSource> tensors,
                                       const std::map<std::string, std::string>& metadata,
                                       const std::string& where) {
  const std::vector<const TensorSource*> order = file_order(tensors);
  SafetensorsHeader header = lay_out(order, where);
  header.metadata = metadata;
  const std::string text = format_safetensors_header(header);
  const std::uint64_t header_bytes = text.size();
  if (header_bytes > largest_safetensors_header)
    throw UsageError("would need a header of " + std::to_string(header_bytes) +
                         " bytes, the format allows " + std::to_string(largest_safetensors_header),
                     where, "Write fewer tensors or less metadata.");
  // What the reader refuses (equal names, bad UTF-8) is not written either.
  parse_safetensors_header(text, data_bytes(header), where);

  head_.resize(sizeof header_bytes);
  std::memcpy(head_.data(), &header_bytes, sizeof header_bytes);
  head_ += text;
  for (std::size_t i = 0; i < order.size(); ++i)
    tensor_data_.emplace_back(static_cast<const char*>(order[i]->data), header.tensors[i].bytes);
}

std::uint64_t SafetensorsContent::bytes() const {
  std::uint64_t bytes = head_.size();
  for (const std::string_view data : tensor_data_) bytes += data.size();
  return bytes;
}

void SafetensorsContent::write(const std::function<void(std::string_view)>& take) const {
  take(head_);
  for (const std::string_view data : tensor_data_) take(data);
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata, FileSystem& files) {
  const SafetensorsContent content(tensors, metadata, path.string());
  AtomicFile file(path, content.bytes(), files);
  content.write([&](std::string_view bytes) { file.write(bytes); });
  file.commit();
}

}  // namespace trainbus
