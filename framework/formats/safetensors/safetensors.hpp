// safetensors: reader and writer. File = u64 little-endian N | N bytes of JSON | data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/io/file_system.hpp"
#include "formats/dtype.hpp"
#include "formats/mapped_file.hpp"

namespace trainbus {

// One tensor of a file: little-endian, C order.
struct TensorInfo {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;  // slowest axis first; empty: one number
  std::uint64_t offset = 0;         // from the start of the data section
  std::uint64_t bytes = 0;
};

// How many bytes rows [begin, end) of the slowest axis take; a vector or a single number is one
// row. 0 <= begin <= end <= rows.
TRAINBUS_EXPORT std::uint64_t row_bytes(const TensorInfo& tensor, std::int64_t begin,
                                        std::int64_t end);

// An open file, mapped. The constructor checks everything before anything is used: the header's
// length against the file's, strict JSON without duplicate keys, plain integers, shapes whose size
// equals the data's, data without holes or overlaps up to the last byte of the file. Any thread may
// read.
class TRAINBUS_EXPORT SafetensorsFile {
 public:
  // Throws UsageError naming the file, what was found and what was expected.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::vector<TensorInfo>& tensors() const { return tensors_; }  // in the order of their data
  const TensorInfo* find(std::string_view name) const;                 // null: not in this file
  const TensorInfo& at(std::string_view name) const;                   // throws UsageError
  // The tensor's bytes, valid while this object lives. Not aligned if another writer did not align.
  std::span<const std::byte> data(const TensorInfo& tensor) const;
  // The same for longer than this object lives.
  FilePart part(const TensorInfo& tensor) const {
    return {file_, data_offset_ + tensor.offset, tensor.bytes};
  }
  // Copies rows [begin, end) of the slowest axis, or the whole of a vector or single number, which
  // is one row. 0 <= begin <= end <= rows. Faster than from data() for much of a large file.
  void copy(const TensorInfo& tensor, std::int64_t begin, std::int64_t end, std::byte* out) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  MappedFile file_;
  std::uint64_t data_offset_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

// A tensor to write. data points at tensor_bytes(dtype, shape) bytes, owned by the caller.
struct TensorSource {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  const void* data = nullptr;
};

// A file's content before it is written: the header, and views of the tensors' data, which must
// outlive this object. Tensors are in the reference's order, dtype descending, then name, so equal
// content gives equal bytes.
class TRAINBUS_EXPORT SafetensorsContent {
 public:
  // Throws UsageError for names, shapes or metadata that no reader would accept. where: for
  // messages.
  SafetensorsContent(std::span<const TensorSource> tensors,
                     const std::map<std::string, std::string>& metadata, const std::string& where);

  std::uint64_t bytes() const;  // of the whole file
  // Passes all bytes to `take`, in order, without copying any tensor. Throws what `take` throws.
  void write(const std::function<void(std::string_view)>& take) const;

 private:
  std::string head_;                           // the header with its length
  std::vector<std::string_view> tensor_data_;  // in the order of the file
};

// Writes the file atomically (see AtomicFile). Throws UsageError as above, RunError if writing
// fails.
TRAINBUS_EXPORT void write_safetensors(const std::filesystem::path& path,
                                       std::span<const TensorSource> tensors,
                                       const std::map<std::string, std::string>& metadata = {},
                                       FileSystem& files = file_system());

}  // namespace trainbus
