// A dict of tensors as torch.save writes it (pytorch_model.bin): reader. No code of it is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/mapped_file.hpp"
#include "formats/safetensors/safetensors.hpp"

namespace trainbus {

// A tensor of the file, a view of a storage that it may share with others. offset: of its first
// element, from the start of the file; bytes: of its elements laid out densely.
struct TorchTensor : TensorInfo {
  std::vector<std::int64_t> strides;  // in elements, one for each axis, none negative

  // Whether its elements lie one after another, in C order.
  TRAINBUS_EXPORT bool is_dense() const;
};

// An open file, mapped. Read are the zip archives that PyTorch writes since 1.6 and the plain
// pickles of earlier versions, with tensors under their names at the top or under "state_dict",
// "model", "model_state_dict" or "module". Their pickle is interpreted as data: it may name
// OrderedDict, tensors, storages and number types, and anything else is refused by name. The
// constructor checks everything before anything is used: archive, pickle, and that every tensor
// lies inside its storage. Any thread may read.
class TRAINBUS_EXPORT TorchFile {
 public:
  // Throws UsageError naming the file, what was found and what was expected.
  explicit TorchFile(const std::filesystem::path& path);

  const std::vector<TorchTensor>& tensors() const { return tensors_; }  // sorted by name
  const TorchTensor* find(std::string_view name) const;                 // null: not in this file
  // Copies rows [begin, end) of the slowest axis, or the whole of a vector or single number, which
  // is one row, densely in C order. 0 <= begin <= end <= rows.
  void copy(const TorchTensor& tensor, std::int64_t begin, std::int64_t end, std::byte* out) const;
  // The tensor's bytes if it is dense, for longer than this object lives.
  std::optional<FilePart> part(const TorchTensor& tensor) const {
    if (!tensor.is_dense()) return std::nullopt;
    return FilePart{file_, tensor.offset, tensor.bytes};
  }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  MappedFile file_;
  std::vector<TorchTensor> tensors_;
};

}  // namespace trainbus
