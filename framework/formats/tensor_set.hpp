// A checkpoint's tensors, in one file or in shards with an index: safetensors or PyTorch's.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/torch/torch_file.hpp"

namespace trainbus {

// File: SafetensorsFile or TorchFile, with the names model.safetensors or pytorch_model.bin. Any
// thread may read.
template <class File>
class TRAINBUS_EXPORT TensorSet {
 public:
  using Info = typename std::decay_t<decltype(std::declval<const File&>().tensors())>::value_type;

  // path: a file of weights, an index (*.index.json), or a folder that holds either under its usual
  // name. Index and shards must agree on every tensor. Throws UsageError.
  explicit TensorSet(const std::filesystem::path& path);

  // Whether the folder holds either under its usual name.
  static bool is_in(const std::filesystem::path& folder);

  struct Tensor {
    const Info* info;
    const File* file;
  };

  std::vector<std::string> names() const;  // sorted
  bool has(std::string_view name) const { return index_.find(name) != index_.end(); }
  // Valid while this object lives. Throws UsageError, naming the nearest known name.
  Tensor at(std::string_view name) const;
  const std::vector<File>& files() const { return files_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void open_shards(const std::filesystem::path& index);
  void add(std::size_t file);

  std::filesystem::path path_;
  std::vector<File> files_;
  struct Place {
    std::size_t file;
    std::size_t tensor;
  };
  std::map<std::string, Place, std::less<>> index_;
};

extern template class TensorSet<SafetensorsFile>;
extern template class TensorSet<TorchFile>;

using SafetensorsSet = TensorSet<SafetensorsFile>;
using TorchSet = TensorSet<TorchFile>;

}  // namespace trainbus
