#include "models/parameter_files.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::string sizes_text(std::span<const std::int64_t> sizes) {
  std::string text = "[";
  for (std::int64_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void widen_bfloat16(const std::byte* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint16_t half;
    std::memcpy(&half, from + 2 * i, 2);
    const std::uint32_t word = std::uint32_t{half} << 16;
    std::memcpy(to + i, &word, 4);
  }
}

void widen_float16(const std::byte* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    _Float16 half;
    std::memcpy(&half, from + 2 * i, 2);
    to[i] = static_cast<float>(half);
  }
}

void copy_widened(const SafetensorsSet::Tensor& tensor, const Parameter& parameter, float* to) {
  const std::int64_t count = parameter.value.numel();
  const std::byte* from = tensor.data().data();
  switch (tensor.info->dtype) {
    case DType::F32:
      std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
      return;
    case DType::BF16:
      widen_bfloat16(from, to, count);
      return;
    case DType::F16:
      widen_float16(from, to, count);
      return;
    default:
      throw UsageError("tensor '" + parameter.name + "' is stored as " +
                           std::string(dtype_name(tensor.info->dtype)) +
                           ", expected F32, BF16 or F16",
                       tensor.file->path().string(), "Save the model in one of these types.");
  }
}

void copy(const SafetensorsSet::Tensor& tensor, Parameter& parameter) {
  const kernels::Stored stored = parameter.stored();
  if (stored.format == kernels::Format::Float32)
    return copy_widened(tensor, parameter, static_cast<float*>(stored.values));
  std::vector<float> widened(static_cast<std::size_t>(parameter.value.numel()));
  copy_widened(tensor, parameter, widened.data());
  kernels::store(widened.data(), stored, parameter.value.numel());
}

DType stored_type(const Parameter& parameter) {
  switch (parameter.stored().format) {
    case kernels::Format::BFloat16:
    case kernels::Format::BFloat16Residual:
    case kernels::Format::BFloat16Split:
      return DType::BF16;
    case kernels::Format::Float16:
      return DType::F16;
    default:
      return DType::F32;
  }
}

// "model.layers.#.mlp.up_proj.weight": the name with its numbers left out.
std::string kind_of_name(std::string_view name) {
  std::string kind;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      kind += c;
    else if (kind.empty() || kind.back() != '#')
      kind += '#';
  }
  return kind;
}

// A checkpoint may hold more than the model has, a head for another task, say. But one that goes on
// where the configuration ends, with further layers, belongs to another configuration.
void refuse_further_layers(const SafetensorsSet& checkpoint, const std::set<std::string>& taken) {
  std::set<std::string> kinds;
  for (const std::string& name : taken) kinds.insert(kind_of_name(name));
  for (const std::string& name : checkpoint.names())
    if (!taken.contains(name) && kinds.contains(kind_of_name(name)))
      throw UsageError("holds '" + name + "', a layer that the configuration does not have",
                       checkpoint.path().string(),
                       "Take the config.json that belongs to these weights.");
}

}  // namespace

void check_shape(std::span<const std::int64_t> found, const Parameters::Shape& expected,
                 const fs::path& file) {
  if (std::ranges::equal(found, expected.sizes)) return;
  throw UsageError("tensor '" + expected.name + "' has the shape " + sizes_text(found) +
                       ", the configuration asks for " + sizes_text(expected.sizes),
                   file.string(), "Take the config.json that belongs to these weights.");
}

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes, const fs::path& path,
                           kernels::Format format) {
  return load_parameters(
      shapes, SafetensorsSet(path), [](const std::string& name) { return std::vector{name}; },
      format);
}

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                           const SafetensorsSet& checkpoint, const StoredNames& stored_names,
                           kernels::Format format) {
  // All are looked for before memory is taken: a configuration may claim any size.
  std::vector<std::optional<SafetensorsSet::Tensor>> tensors(shapes.size());
  std::set<std::string> taken;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const std::vector<std::string> names = stored_names(shapes[i].name);
    if (names.empty()) continue;
    const auto stored =
        std::ranges::find_if(names, [&](const std::string& name) { return checkpoint.has(name); });
    const std::string& name = stored == names.end() ? names.front() : *stored;
    tensors[i] = checkpoint.at(name);
    check_shape(tensors[i]->info->shape, shapes[i], tensors[i]->file->path());
    taken.insert(name);
  }
  refuse_further_layers(checkpoint, taken);
  Parameters parameters(shapes, format);
  auto tensor = tensors.begin();
  for (Parameter& parameter : parameters)
    if (const auto& stored = *tensor++) copy(*stored, parameter);
  return parameters;
}

void save_parameters(const Parameters& parameters, const fs::path& file) {
  save_parameters(parameters, Parameters(), file);
}

void save_parameters(const Parameters& parameters, const Parameters& others, const fs::path& file) {
  std::vector<TensorSource> tensors;
  for (const Parameters* set : {&parameters, &others})
    for (const Parameter& parameter : *set)
      tensors.push_back({parameter.name, stored_type(parameter), parameter.value.sizes().vec(),
                         parameter.value.const_data_ptr()});
  write_safetensors(file, tensors, {{"format", "pt"}});
}

}  // namespace trainbus
