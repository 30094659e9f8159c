#include "models/weights/parameters.hpp"

#include <ATen/ops/cat.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "core/io/error.hpp"
#include "models/weights/huge_memory.hpp"

namespace trainbus {
namespace {

constexpr std::int64_t line_bytes = 64;

std::int64_t element_count_of(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (std::int64_t size : sizes) count *= size;
  return count;
}

at::ScalarType type_of(kernels::Format format) {
  switch (format) {
    case kernels::Format::BFloat16:
    case kernels::Format::BFloat16Residual:
    case kernels::Format::BFloat16Split:
      return at::kBFloat16;
    case kernels::Format::Float16:
      return at::kHalf;
    default:
      return at::kFloat;
  }
}

kernels::Format format_of(const Parameter& parameter) {
  if (parameter.residual.defined())
    return parameter.residual.scalar_type() == at::kChar ? kernels::Format::BFloat16Residual
                                                         : kernels::Format::BFloat16Split;
  switch (parameter.value.scalar_type()) {
    case at::kBFloat16:
      return kernels::Format::BFloat16;
    case at::kHalf:
      return kernels::Format::Float16;
    default:
      return kernels::Format::Float32;
  }
}

// Where everything lies in the arena: values first, in order, then residuals.
struct Layout {
  std::int64_t bytes = 0;
  std::int64_t add(std::int64_t count, std::int64_t element_bytes) {
    const std::int64_t at = bytes;
    bytes += (count * element_bytes + line_bytes - 1) / line_bytes * line_bytes;
    return at;
  }
};

// Of a value that is copied out of its file, before their pages are given back.
constexpr std::int64_t numbers_at_once = 1 << 20;

// The pages of the file that nothing else lies in: they need not be in memory twice.
void unmap_pages(const at::Tensor& value) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(value.const_data_ptr());
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + value.nbytes()) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace

kernels::Stored Parameter::stored() {
  return {format_of(*this), value.mutable_data_ptr(),
          residual.defined() ? residual.mutable_data_ptr() : nullptr};
}

kernels::ConstStored Parameter::stored() const {
  return {format_of(*this), value.const_data_ptr(),
          residual.defined() ? residual.const_data_ptr() : nullptr};
}

bool decays_by_name(std::string_view name) {
  for (std::string_view word : {"bias", "layer_norm", "layernorm"})
    if (name.find(word) != std::string_view::npos) return false;
  return true;
}

Parameters::Parameters(const std::vector<Shape>& shapes, kernels::Format format,
                       std::vector<at::Tensor> in_files, std::vector<MappedFile> files)
    : files_(std::move(files)), format_(format) {
  if (shapes.size() >= 0xFFFF)
    throw UsageError("the model has " + std::to_string(shapes.size()) +
                         " parameter tensors, at most 65534 can be addressed",
                     "", "Take another model.");
  struct Place {
    std::int64_t count, value, residual;
    at::ScalarType type;
  };
  std::vector<Place> places;
  Layout layout;
  in_files.resize(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Shape& shape = shapes[i];
    const at::ScalarType type = shape.sizes.size() > 1 ? type_of(format) : at::kFloat;
    const std::int64_t count = element_count_of(shape.sizes);
    const std::int64_t value =
        in_files[i].defined() ? -1 : layout.add(count, at::elementSize(type));
    places.push_back({count, value, -1, type});
  }
  const std::int64_t residual_bytes = kernels::residual_bytes(format);
  const at::ScalarType residual_type = residual_bytes == 1 ? at::kChar : at::kShort;
  if (residual_bytes > 0)
    for (std::size_t i = 0; i < shapes.size(); ++i)
      if (shapes[i].sizes.size() > 1)
        places[i].residual = layout.add(places[i].count, residual_bytes);

  arena_ = huge_zeros(std::max<std::int64_t>(layout.bytes / 4, 1)).view(at::kByte);
  const auto view = [&](std::int64_t at, std::int64_t count, at::ScalarType type,
                        const std::vector<std::int64_t>& sizes) {
    return arena_.narrow(0, at, count * at::elementSize(type)).view(type).view(sizes);
  };
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto& [name, sizes] = shapes[i];
    const Place& place = places[i];
    at::Tensor residual;
    if (place.residual >= 0) residual = view(place.residual, place.count, residual_type, sizes);
    if (in_files[i].defined()) in_files_.insert(static_cast<ParameterId>(i));
    at::Tensor value = in_files[i].defined() ? in_files[i].view(sizes)
                                             : view(place.value, place.count, place.type, sizes);
    parameters_.push_back({name, std::move(value), std::move(residual), decays_by_name(name)});
  }
}

Parameters::Parameters(std::vector<std::string> names, std::vector<at::Tensor> values) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < names.size(); ++i)
    shapes.push_back({names[i], values[i].sizes().vec()});
  *this = Parameters(shapes);
  for (std::size_t i = 0; i < values.size(); ++i) parameters_[i].value.copy_(values[i]);
}

void Parameters::leave_files() {
  if (in_files_.empty()) return;
  Layout layout;
  std::vector<std::int64_t> places;
  for (const ParameterId id : in_files_) {
    const at::Tensor& value = parameters_[id].value;
    places.push_back(layout.add(value.numel(), static_cast<std::int64_t>(value.element_size())));
  }
  const at::Tensor arena = huge_zeros(layout.bytes / 4).view(at::kByte);
  auto place = places.begin();
  for (const ParameterId id : in_files_) {
    at::Tensor& value = parameters_[id].value;
    const auto bytes = static_cast<std::int64_t>(value.nbytes());
    const at::Tensor own = arena.narrow(0, *place++, bytes).view(value.scalar_type());
    const at::Tensor from = value.view({-1});
    for (std::int64_t done = 0; done < from.numel(); done += numbers_at_once) {
      const std::int64_t count = std::min(numbers_at_once, from.numel() - done);
      own.narrow(0, done, count).copy_(from.narrow(0, done, count));
      unmap_pages(from.narrow(0, done, count));
    }
    value = own.view(value.sizes());
  }
  in_files_.clear();
  check_files();
  files_.clear();
}

void Parameters::check_files() const {
  for (const MappedFile& file : files_)
    if (!file.is_unchanged())
      throw RunError("was changed while its weights were in use", file.path().string(),
                     "Write new weights beside it and rename them, then run again.");
}

std::optional<ParameterId> Parameters::find(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (parameters_[i].name == name) return static_cast<ParameterId>(i);
  return std::nullopt;
}

std::int64_t Parameters::element_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters_) count += parameter.value.numel();
  return count;
}

std::int64_t Parameters::bytes() const {
  std::int64_t bytes = 0;
  for (const Parameter& p : parameters_)
    bytes += static_cast<std::int64_t>(p.value.nbytes()) +
             (p.residual.defined() ? static_cast<std::int64_t>(p.residual.nbytes()) : 0);
  return bytes;
}

at::Tensor Parameters::stacked(std::span<const ParameterId> ids) const {
  if (format_ != kernels::Format::Float32) return {};
  const at::Tensor& first = parameters_[ids.front()].value;
  if (ids.size() == 1) return first;
  const float* expected = first.const_data_ptr<float>();
  std::int64_t rows = 0;
  bool neighbours = true;
  std::vector<at::Tensor> values;
  for (ParameterId id : ids) {
    values.push_back(parameters_[id].value);
    if (values.back().size(1) != first.size(1)) return {};
    neighbours =
        neighbours && !lies_in_file(id) && values.back().const_data_ptr<float>() == expected;
    expected += values.back().numel();
    rows += values.back().size(0);
  }
  return neighbours ? first.as_strided({rows, first.size(1)}, {first.size(1), 1}) : at::cat(values);
}

}  // namespace trainbus
