#include "models/checkpoint.hpp"

#include <algorithm>
#include <cstring>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

template <class Number, class Widen>
void widen(const std::byte* from, std::int64_t count, float* to, const Widen& as_float) {
  for (std::int64_t i = 0; i < count; ++i) {
    Number number;  // tensors of other writers need not be aligned
    std::memcpy(&number, from + i * static_cast<std::int64_t>(sizeof number), sizeof number);
    to[i] = as_float(number);
  }
}

float of_bfloat16(std::uint16_t half) {
  const std::uint32_t word = std::uint32_t{half} << 16;
  float number;
  std::memcpy(&number, &word, sizeof number);
  return number;
}

void copy_widened(DType type, const std::byte* from, std::int64_t count, float* to,
                  const std::string& name, const std::filesystem::path& file) {
  switch (type) {
    case DType::F32:
      std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
      return;
    case DType::F64:
      return widen<double>(from, count, to, [](double x) { return static_cast<float>(x); });
    case DType::BF16:
      return widen<std::uint16_t>(from, count, to, of_bfloat16);
    case DType::F16:
      return widen<_Float16>(from, count, to, [](_Float16 x) { return static_cast<float>(x); });
    default:
      throw UsageError("tensor '" + name + "' is stored as " + std::string(dtype_name(type)) +
                           ", expected F32, F64, BF16 or F16",
                       file.string(), "Save the model in one of these types.");
  }
}

}  // namespace

Checkpoint::~Checkpoint() = default;

const std::vector<std::int64_t>* SafetensorsCheckpoint::shape(std::string_view name) const {
  return set_.has(name) ? &set_.at(name).info->shape : nullptr;
}

std::filesystem::path SafetensorsCheckpoint::file_of(std::string_view name) const {
  return set_.at(name).file->path();
}

void SafetensorsCheckpoint::read(std::string_view name, std::int64_t begin, std::int64_t end,
                                 float* out) const {
  const SafetensorsSet::Tensor tensor = set_.at(name);
  const std::vector<std::int64_t>& shape = tensor.info->shape;
  const std::int64_t rows = shape.size() < 2 ? 1 : shape.front();
  if (begin < 0 || end < begin || end > rows)
    throw UsageError("rows [" + std::to_string(begin) + ", " + std::to_string(end) +
                         ") of tensor '" + tensor.info->name + "' were asked for, it has " +
                         std::to_string(rows),
                     tensor.file->path().string(), "");
  if (begin == end) return;
  const auto row_bytes = static_cast<std::int64_t>(tensor.info->bytes) / rows;
  const std::int64_t row_length = row_bytes * 8 / dtype_bits(tensor.info->dtype);
  copy_widened(tensor.info->dtype, tensor.data().data() + begin * row_bytes,
               (end - begin) * row_length, out, tensor.info->name, tensor.file->path());
}

std::vector<std::string> GgufCheckpoint::names() const {
  std::vector<std::string> names;
  for (const GgufTensor& tensor : file_.tensors()) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::int64_t>* GgufCheckpoint::shape(std::string_view name) const {
  const GgufTensor* tensor = file_.find(name);
  return tensor == nullptr ? nullptr : &tensor->shape;
}

void GgufCheckpoint::read(std::string_view name, std::int64_t begin, std::int64_t end,
                          float* out) const {
  file_.dequantize(file_.at(name), out, begin, end);
}

}  // namespace trainbus
