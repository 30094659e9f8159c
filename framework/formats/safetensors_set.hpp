// A checkpoint's tensors, in one safetensors file or in shards with an index.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/safetensors.hpp"

namespace trainbus {

class TRAINBUS_EXPORT SafetensorsSet {
 public:
  // path: a .safetensors file, an index (*.safetensors.index.json), or a folder that holds
  // model.safetensors or model.safetensors.index.json. Index and shards must agree on every tensor.
  // Throws UsageError.
  explicit SafetensorsSet(const std::filesystem::path& path);

  struct Tensor {
    const TensorInfo* info;
    const SafetensorsFile* file;
    std::span<const std::byte> data() const { return file->data(*info); }
  };

  std::vector<std::string> names() const;  // sorted
  bool has(std::string_view name) const { return index_.find(name) != index_.end(); }
  // Valid while this object lives. Throws UsageError, naming the nearest known name.
  Tensor at(std::string_view name) const;
  const std::vector<SafetensorsFile>& files() const { return files_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void open_shards(const std::filesystem::path& index);
  void add(std::size_t file);

  std::filesystem::path path_;
  std::vector<SafetensorsFile> files_;
  struct Place {
    std::size_t file;
    std::size_t tensor;
  };
  std::map<std::string, Place, std::less<>> index_;
};

}  // namespace trainbus
