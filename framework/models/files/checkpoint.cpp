#include "models/files/checkpoint.hpp"

#include <algorithm>
#include <memory>

#include "core/io/error.hpp"
#include "formats/foreign_file.hpp"
#include "kernels/storage.hpp"

namespace trainbus {
namespace {

bool is_read(DType type) {
  return type == DType::F32 || type == DType::F64 || type == DType::BF16 || type == DType::F16;
}

// from: aligned for any type.
void widen(DType type, const std::byte* from, std::int64_t count, float* to) {
  if (type == DType::F64) {
    const auto* doubles = reinterpret_cast<const double*>(from);
    std::transform(doubles, doubles + count, to, [](double x) { return static_cast<float>(x); });
    return;
  }
  kernels::load({type == DType::BF16 ? kernels::Format::BFloat16 : kernels::Format::Float16, from},
                to, count);
}

}  // namespace

Checkpoint::~Checkpoint() = default;

template <class File>
const std::vector<std::int64_t>* FileCheckpoint<File>::shape(std::string_view name) const {
  return set_.has(name) ? &set_.at(name).info->shape : nullptr;
}

template <class File>
std::filesystem::path FileCheckpoint<File>::file_of(std::string_view name) const {
  return set_.at(name).file->path();
}

template <class File>
void FileCheckpoint<File>::read(std::string_view name, std::int64_t begin, std::int64_t end,
                                float* out) const {
  const auto tensor = set_.at(name);
  const std::vector<std::int64_t>& shape = tensor.info->shape;
  const std::int64_t rows = shape.size() < 2 ? 1 : shape.front();
  if (begin < 0 || end < begin || end > rows)
    throw UsageError("rows [" + std::to_string(begin) + ", " + std::to_string(end) +
                         ") of tensor '" + tensor.info->name + "' were asked for, it has " +
                         std::to_string(rows),
                     tensor.file->path().string(), "");
  const DType type = tensor.info->dtype;
  if (!is_read(type))
    throw UsageError("tensor '" + tensor.info->name + "' is stored as " +
                         std::string(dtype_name(type)) + ", expected F32, F64, BF16 or F16",
                     tensor.file->path().string(), "Save the model in one of these types.");
  if (type == DType::F32)
    return tensor.file->copy(*tensor.info, begin, end, reinterpret_cast<std::byte*>(out));
  const std::uint64_t bytes = row_bytes(*tensor.info, begin, end);
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(bytes);
  tensor.file->copy(*tensor.info, begin, end, buffer.get());
  widen(type, buffer.get(), static_cast<std::int64_t>(bytes * 8 / dtype_bits(type)), out);
}

template <class File>
StoredTensor FileCheckpoint<File>::stored(std::string_view name) const {
  const auto tensor = set_.at(name);
  const TensorInfo& info = *tensor.info;
  StoredTensor stored{info.name, info.dtype, info.shape, std::string(info.bytes, '\0')};
  tensor.file->copy(*tensor.info, 0, info.shape.size() < 2 ? 1 : info.shape.front(),
                    reinterpret_cast<std::byte*>(stored.bytes.data()));
  return stored;
}

template class FileCheckpoint<SafetensorsFile>;
template class FileCheckpoint<TorchFile>;

std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path) {
  std::error_code ignored;
  bool torch = false;
  if (std::filesystem::is_directory(path, ignored))
    torch = !SafetensorsSet::is_in(path) && TorchSet::is_in(path);
  else if (path.filename().string().ends_with(".index.json"))
    torch = path.filename().string().ends_with(".bin.index.json");
  else
    torch = begins_as_torch(MappedFile(path).text());
  if (torch) return std::make_unique<TorchCheckpoint>(path);
  return std::make_unique<SafetensorsCheckpoint>(path);
}

GgufCheckpoint::GgufCheckpoint(const GgufFile& file) : file_(file) {
  if (!file.tensors().empty()) return;
  const bool vocabulary = file.value("tokenizer.ggml.tokens") != nullptr;
  throw UsageError(vocabulary ? "holds a vocabulary alone, no weights" : "holds no weights",
                   file.path().string(), "Give the model's own .gguf file.");
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

DType GgufCheckpoint::dtype(std::string_view name) const {
  switch (file_.at(name).type) {
    case GgmlType::F16:
      return DType::F16;
    case GgmlType::BF16:
      return DType::BF16;
    default:
      return DType::F32;
  }
}

std::optional<FilePart> GgufCheckpoint::part(std::string_view name) const {
  const GgufTensor& tensor = file_.at(name);
  if (tensor.type != GgmlType::F32 && dtype(name) == DType::F32) return std::nullopt;
  return file_.part(tensor);
}

StoredTensor GgufCheckpoint::stored(std::string_view name) const {
  const GgufTensor& tensor = file_.at(name);
  StoredTensor stored{tensor.name, dtype(name), tensor.shape, {}};
  if (stored.dtype != DType::F32) {
    const auto bytes = file_.data(tensor);
    stored.bytes.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return stored;
  }
  std::vector<float> numbers(static_cast<std::size_t>(tensor.rows() * tensor.row_length()));
  file_.dequantize(tensor, numbers.data(), 0, tensor.rows());
  stored.bytes.assign(reinterpret_cast<const char*>(numbers.data()),
                      numbers.size() * sizeof(float));
  return stored;
}

}  // namespace trainbus
