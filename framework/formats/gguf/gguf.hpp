// GGUF (llama.cpp's model file), versions 2 and 3: reader, with dequantisation to float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf/value.hpp"
#include "formats/mapped_file.hpp"

namespace trainbus {

// The tensor types that are read; the numbers are ggml's.
enum class GgmlType : std::uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q8_1 = 9,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  IQ4_NL = 20,
  IQ4_XS = 23,
  F64 = 28,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
};

// ggml's name, also of types that are not read ("IQ2_XS").
TRAINBUS_EXPORT std::string_view ggml_type_name(GgmlType type);
// "F32, F16, …": the names of the types that are read.
TRAINBUS_EXPORT std::string readable_ggml_types();

struct GgufTensor {
  std::string name;
  GgmlType type = GgmlType::F32;
  std::vector<std::int64_t> shape;  // slowest axis first (the file lists the fastest first)
  std::uint64_t offset = 0;         // from the start of the data section
  std::uint64_t bytes = 0;
  std::uint32_t part = 0;  // which file of a split model holds it

  std::int64_t row_length() const { return shape.back(); }
  TRAINBUS_EXPORT std::int64_t rows() const;  // product of all axes but the fastest
};

struct GgufContents;

// An open file, mapped and checked completely: counts and lengths against the file's size, keys and
// names for duplicates, tensor data for overlaps and the file's end. Of a split model all files are
// opened together, and are one. Any thread may read.
class TRAINBUS_EXPORT GgufFile {
 public:
  // path: the file, or any part of a split model; the others lie beside it, under the names that
  // llama-gguf-split gives. Throws UsageError naming the file, what was found and what was
  // expected.
  explicit GgufFile(const std::filesystem::path& path);

  std::uint32_t version() const { return version_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }  // in the file's order
  const GgufTensor* find(std::string_view name) const;                 // null: not in this file
  const GgufTensor& at(std::string_view name) const;                   // throws UsageError

  // Views are valid while this object lives.
  const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  const GgufValue* value(std::string_view key) const;  // null: no such key
  // None if the key is absent; UsageError if its value is of another type or out of range.
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::vector<std::string_view>> texts(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;

  // Rows [row_begin, row_end) as float32 into out, which has room for (row_end - row_begin) *
  // row_length numbers. Bit for bit what ggml's reference decoders return. Rows are independent, so
  // callers may split them over threads. The tensor must be one of this file's.
  void dequantize(const GgufTensor& tensor, float* out, std::int64_t row_begin,
                  std::int64_t row_end) const;
  // The tensor's bytes, valid while this object lives.
  std::span<const std::byte> data(const GgufTensor& tensor) const;
  // The same for longer than this object lives.
  FilePart part(const GgufTensor& tensor) const {
    return {files_[tensor.part], data_offsets_[tensor.part] + tensor.offset, tensor.bytes};
  }
  // The one of a split model's files that holds the tensor.
  const std::filesystem::path& file_of(const GgufTensor& tensor) const {
    return files_[tensor.part].path();
  }
  // The file; of a split model the first.
  const std::filesystem::path& path() const { return files_.front().path(); }

 private:
  void open_part(const std::filesystem::path& path, std::uint64_t number, std::uint64_t count);
  void take(GgufContents contents);
  [[noreturn]] void refuse_value(std::string_view key, std::string_view expected) const;

  std::vector<MappedFile> files_;
  std::vector<std::uint64_t> data_offsets_;  // of each
  std::uint32_t version_ = 0;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
};

}  // namespace trainbus
