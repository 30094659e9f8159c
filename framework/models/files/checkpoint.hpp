// A checkpoint whatever its format: tensors by name, read row by row as float32.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf/gguf.hpp"
#include "formats/tensor_set.hpp"

namespace trainbus {

// A tensor as it is stored: little-endian, C order.
struct StoredTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;  // slowest axis first
  std::string bytes;
};

// Any thread may read.
class TRAINBUS_EXPORT Checkpoint {
 public:
  virtual ~Checkpoint();

  virtual std::vector<std::string> names() const = 0;  // sorted
  // Slowest axis first; null: there is no such tensor.
  virtual const std::vector<std::int64_t>* shape(std::string_view name) const = 0;
  // Rows [begin, end) of a matrix, or the whole of a vector, which is one row, to `out`. Throws
  // UsageError for a type of number that is not read.
  virtual void read(std::string_view name, std::int64_t begin, std::int64_t end,
                    float* out) const = 0;
  // What its numbers are stored as; F32 for those of a type that safetensors does not have. Throws
  // UsageError if there is no such tensor.
  virtual DType dtype(std::string_view name) const = 0;
  // A copy of the whole tensor, of any type and rank; F32 as above. Throws likewise.
  virtual StoredTensor stored(std::string_view name) const = 0;
  struct Storage {
    std::string_view type;  // "BF16", "Q4_K"; valid while the checkpoint lives
    std::uint64_t bytes = 0;
  };
  // How the tensor lies in its file. Throws likewise.
  virtual Storage storage(std::string_view name) const = 0;
  // Where the tensor lies in its file, as numbers of dtype() in C order, for longer than this
  // object lives; none: it has to be read. The numbers need not be aligned. Throws likewise.
  virtual std::optional<FilePart> part(std::string_view name) const = 0;
  // The file that holds the tensor.
  virtual std::filesystem::path file_of(std::string_view name) const = 0;
  virtual const std::filesystem::path& path() const = 0;

  bool has(std::string_view name) const { return shape(name) != nullptr; }
};

// safetensors or PyTorch's files: float32, float64, bfloat16 or float16 are read as numbers.
template <class File>
class TRAINBUS_EXPORT FileCheckpoint final : public Checkpoint {
 public:
  // path: see TensorSet.
  explicit FileCheckpoint(const std::filesystem::path& path) : set_(path) {}

  std::vector<std::string> names() const override { return set_.names(); }
  const std::vector<std::int64_t>* shape(std::string_view name) const override;
  void read(std::string_view name, std::int64_t begin, std::int64_t end, float* out) const override;
  DType dtype(std::string_view name) const override { return set_.at(name).info->dtype; }
  StoredTensor stored(std::string_view name) const override;
  Storage storage(std::string_view name) const override {
    const auto& info = *set_.at(name).info;
    return {dtype_name(info.dtype), info.bytes};
  }
  std::optional<FilePart> part(std::string_view name) const override {
    const auto tensor = set_.at(name);
    return tensor.file->part(*tensor.info);
  }
  std::filesystem::path file_of(std::string_view name) const override;
  const std::filesystem::path& path() const override { return set_.path(); }

 private:
  TensorSet<File> set_;
};

extern template class FileCheckpoint<SafetensorsFile>;
extern template class FileCheckpoint<TorchFile>;

using SafetensorsCheckpoint = FileCheckpoint<SafetensorsFile>;
using TorchCheckpoint = FileCheckpoint<TorchFile>;

// The checkpoint in a folder, safetensors before PyTorch's, or the one of a file or an index, by
// what the file is. Throws UsageError.
TRAINBUS_EXPORT std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path);

// GGUF, whose numbers are dequantised.
class TRAINBUS_EXPORT GgufCheckpoint final : public Checkpoint {
 public:
  // The file must outlive it. Throws UsageError if it holds no weights, a vocabulary alone.
  explicit GgufCheckpoint(const GgufFile& file);

  std::vector<std::string> names() const override;
  const std::vector<std::int64_t>* shape(std::string_view name) const override;
  void read(std::string_view name, std::int64_t begin, std::int64_t end, float* out) const override;
  DType dtype(std::string_view name) const override;
  StoredTensor stored(std::string_view name) const override;
  Storage storage(std::string_view name) const override {
    const GgufTensor& tensor = file_.at(name);
    return {ggml_type_name(tensor.type), tensor.bytes};
  }
  std::optional<FilePart> part(std::string_view name) const override;
  std::filesystem::path file_of(std::string_view name) const override {
    return file_.file_of(file_.at(name));
  }
  const std::filesystem::path& path() const override { return file_.path(); }

 private:
  const GgufFile& file_;
};

}  // namespace trainbus
