// A checkpoint whatever its format: tensors by name, read row by row as float32.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf.hpp"
#include "formats/safetensors_set.hpp"

namespace trainbus {

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
  // The file that holds the tensor.
  virtual std::filesystem::path file_of(std::string_view name) const = 0;
  virtual const std::filesystem::path& path() const = 0;

  bool has(std::string_view name) const { return shape(name) != nullptr; }
};

// safetensors: float32, float64, bfloat16 or float16.
class TRAINBUS_EXPORT SafetensorsCheckpoint final : public Checkpoint {
 public:
  // path: see SafetensorsSet.
  explicit SafetensorsCheckpoint(const std::filesystem::path& path) : set_(path) {}

  std::vector<std::string> names() const override { return set_.names(); }
  const std::vector<std::int64_t>* shape(std::string_view name) const override;
  void read(std::string_view name, std::int64_t begin, std::int64_t end, float* out) const override;
  std::filesystem::path file_of(std::string_view name) const override;
  const std::filesystem::path& path() const override { return set_.path(); }

 private:
  SafetensorsSet set_;
};

// GGUF, whose numbers are dequantised.
class TRAINBUS_EXPORT GgufCheckpoint final : public Checkpoint {
 public:
  // The file must outlive it.
  explicit GgufCheckpoint(const GgufFile& file) : file_(file) {}

  std::vector<std::string> names() const override;
  const std::vector<std::int64_t>* shape(std::string_view name) const override;
  void read(std::string_view name, std::int64_t begin, std::int64_t end, float* out) const override;
  std::filesystem::path file_of(std::string_view) const override { return file_.path(); }
  const std::filesystem::path& path() const override { return file_.path(); }

 private:
  const GgufFile& file_;
};

}  // namespace trainbus
