// parameter_files.hpp: saving.
#include <algorithm>
#include <cstring>
#include <map>

#include "formats/safetensors/safetensors.hpp"
#include "models/files/parameter_files.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

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

// A stored tensor that is put together from parameters.
struct Assembled {
  DType type = DType::F32;
  std::vector<std::int64_t> shape;
  std::vector<char> bytes;
};

// What is written: parameters where they lie, or copies whose rows are in the stored order.
class Writing {
 public:
  void add(const Parameter& parameter, const std::vector<StoredPart>& parts) {
    if (parts.empty()) return whole(parameter, parameter.name);
    if (parts.size() == 1 && parts.front().is_whole())
      return whole(parameter, parts.front().names.front());
    std::int64_t first = 0;
    for (const StoredPart& part : parts) first += copy(parameter, part, first);
  }

  // After all parameters: unless there is one of its name.
  void add(const StoredTensor& tensor) {
    if (assembled_.contains(tensor.name) || !written_.insert(tensor.name).second) return;
    sources_.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes.data()});
  }

  std::vector<TensorSource> tensors() {
    for (const auto& [name, tensor] : assembled_)
      sources_.push_back({name, tensor.type, tensor.shape, tensor.bytes.data()});
    return std::move(sources_);
  }

 private:
  void whole(const Parameter& parameter, const std::string& name) {
    written_.insert(name);
    sources_.push_back({name, stored_type(parameter), parameter.value.sizes().vec(),
                        parameter.value.const_data_ptr()});
  }

  // Returns how many rows the part has.
  std::int64_t copy(const Parameter& parameter, const StoredPart& part, std::int64_t first) {
    const bool vector = parameter.value.dim() == 1;
    const std::int64_t rows = part.rows > 0 ? part.rows : parameter.value.size(0);
    const std::int64_t columns = vector ? 1 : parameter.value.size(1);
    const auto size = static_cast<std::int64_t>(parameter.value.element_size());
    Assembled& to = assembled_[part.names.front()];
    to.type = stored_type(parameter);
    const std::int64_t stored_rows = part.first_row + rows;
    const auto grow = [&](std::vector<std::int64_t> shape) {
      if (to.shape.empty() || to.shape < shape) to.shape = std::move(shape);
    };
    if (vector)
      grow({stored_rows});
    else if (!part.transposed)
      grow({stored_rows, columns});
    const auto* from = static_cast<const char*>(parameter.value.const_data_ptr());
    if (part.transposed) return copy_transposed(to, from, part, rows, columns, size, first);
    const auto needed = static_cast<std::size_t>(stored_rows * columns * size);
    if (to.bytes.size() < needed) to.bytes.resize(needed);
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t there = part.first_row + part.order.stored_row(row);
      std::memcpy(to.bytes.data() + there * columns * size, from + (first + row) * columns * size,
                  static_cast<std::size_t>(columns * size));
    }
    return rows;
  }

  // Parts of one transposed tensor come in the order of their rows, so that it grows to the right.
  static std::int64_t copy_transposed(Assembled& to, const char* from, const StoredPart& part,
                                      std::int64_t rows, std::int64_t columns, std::int64_t size,
                                      std::int64_t first) {
    const std::int64_t before = to.shape.empty() ? 0 : to.shape.back();
    const std::int64_t width = std::max(before, part.first_row + rows);
    std::vector<char> bytes(static_cast<std::size_t>(columns * width * size));
    for (std::int64_t column = 0; column < columns; ++column) {
      if (before > 0)
        std::memcpy(bytes.data() + column * width * size, to.bytes.data() + column * before * size,
                    static_cast<std::size_t>(before * size));
      for (std::int64_t row = 0; row < rows; ++row)
        std::memcpy(bytes.data() + (column * width + part.first_row + row) * size,
                    from + ((first + row) * columns + column) * size,
                    static_cast<std::size_t>(size));
    }
    to.bytes = std::move(bytes);
    to.shape = {columns, width};
    return rows;
  }

  std::vector<TensorSource> sources_;
  std::set<std::string> written_;  // their names
  std::map<std::string, Assembled> assembled_;
};

}  // namespace

void save_parameters(const Parameters& parameters, const fs::path& file) {
  save_parameters(parameters, CheckpointMap(), {}, file);
}

void save_parameters(const Parameters& parameters, const CheckpointMap& map,
                     std::span<const StoredTensor> others, const fs::path& file) {
  Writing writing;
  for (const Parameter& parameter : parameters) writing.add(parameter, map.parts(parameter.name));
  for (const StoredTensor& tensor : others) writing.add(tensor);
  write_safetensors(file, writing.tensors(), {{"format", "pt"}});
}

}  // namespace trainbus
