#include "models/files/parameter_files.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "core/io/error.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t rows_at_once = 64;

constexpr std::uint32_t exponent_bits = 0x7F800000;  // all set: NaN or infinity

bool any_nonfinite(const float* numbers, std::int64_t count) {
  constexpr std::uint32_t carry = 0x00800000;  // goes into the sign's place if all are set
  std::uint32_t found = 0;
  for (std::int64_t i = 0; i < count; ++i)
    found |= (std::bit_cast<std::uint32_t>(numbers[i]) & exponent_bits) + carry;
  return found >> 31 != 0;
}

std::int64_t count_nonfinite(const float* numbers, std::int64_t count) {
  return std::count_if(numbers, numbers + count, [](float x) {
    return (std::bit_cast<std::uint32_t>(x) & exponent_bits) == exponent_bits;
  });
}

// What was found in a parameter, by several threads.
class NonFinite {
 public:
  void add(std::int64_t count, std::int64_t row, bool converted) {
    if (count == 0) return;
    const std::lock_guard lock(mutex_);
    if (count_ == 0 || row < row_) row_ = row;
    count_ += count;
    converted_ = converted;
  }
  // Throws UsageError if there are any.
  void check(const std::string& name, const fs::path& file, kernels::Format format) const;

 private:
  std::mutex mutex_;
  std::int64_t count_ = 0, row_ = 0;
  bool converted_ = false;
};

void NonFinite::check(const std::string& name, const fs::path& file, kernels::Format format) const {
  if (count_ == 0) return;
  const std::string where = "the first in row " + std::to_string(row_);
  if (!converted_)
    throw UsageError(
        "tensor '" + name + "' holds " + std::to_string(count_) +
            (count_ == 1 ? " number that is NaN or infinite, in row " + std::to_string(row_)
                         : " numbers that are NaN or infinite, " + where),
        file.string(),
        "The file is damaged, or the training that wrote it had diverged; take an "
        "earlier checkpoint.");
  const bool half = format == kernels::Format::Float16;
  throw UsageError("tensor '" + name + "' holds " + std::to_string(count_) +
                       " of the numbers that are too large for " +
                       (half ? "float16, whose largest is 65504, " : "bfloat16, ") + where,
                   file.string(),
                   half ? "Use --dtype float32 or bfloat16." : "Use --dtype float32.");
}

// Fills a parameter from its parts.
class Filler {
 public:
  Filler(const Checkpoint& checkpoint, Parameter& parameter)
      : checkpoint_(checkpoint),
        stored_(parameter.stored()),
        columns_(parameter.value.dim() == 2 ? parameter.value.size(1) : 1),
        vector_(parameter.value.dim() == 1) {}

  void fill(const FoundPart& part) {
    if (vector_)
      fill_vector(part);
    else if (part.part.transposed)
      fill_transposed(part);
    else
      fill_rows(part);
    nonfinite_.check(part.name, checkpoint_.file_of(part.name), stored_.format);
  }

 private:
  static std::int64_t stored_row(const FoundPart& part, std::int64_t row) {
    return part.part.first_row + part.part.order.stored_row(row);
  }

  // Rows [first, first + count) of the parameter from float32.
  void store(const float* numbers, std::int64_t first, std::int64_t count) {
    const kernels::Stored to = kernels::advanced(stored_, first * columns_);
    const std::int64_t total = count * columns_;
    if (to.format == kernels::Format::Float32) {
      if (numbers != to.values)
        std::memcpy(to.values, numbers, static_cast<std::size_t>(total) * sizeof(float));
      return scan(static_cast<const float*>(to.values), first, count, false);
    }
    if (any_nonfinite(numbers, total)) return scan(numbers, first, count, false);
    kernels::store(numbers, to, total);
    std::vector<float> back(static_cast<std::size_t>(total));
    kernels::load(kernels::forward_part(kernels::ConstStored(to)), back.data(), total);
    scan(back.data(), first, count, true);
  }

  void scan(const float* numbers, std::int64_t first, std::int64_t count, bool converted) {
    if (!any_nonfinite(numbers, count * columns_)) return;
    for (std::int64_t row = 0; row < count; ++row)
      nonfinite_.add(count_nonfinite(numbers + row * columns_, columns_), first + row, converted);
  }

  void fill_rows(const FoundPart& part) {
    at::parallel_for(0, part.rows, rows_at_once, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> buffer(static_cast<std::size_t>(rows_at_once * columns_));
      for (std::int64_t row = begin; row < end; row += rows_at_once) {
        const std::int64_t count = std::min(rows_at_once, end - row);
        float* to = buffer.data();
        if (stored_.format == kernels::Format::Float32)
          to = static_cast<float*>(stored_.values) + (part.first + row) * columns_;
        if (part.part.order.kind == RowOrder::AsParameter)
          checkpoint_.read(part.name, stored_row(part, row), stored_row(part, row) + count, to);
        else
          for (std::int64_t i = 0; i < count; ++i)
            checkpoint_.read(part.name, stored_row(part, row + i), stored_row(part, row + i) + 1,
                             to + i * columns_);
        store(to, part.first + row, count);
      }
    });
  }

  // The whole stored tensor.
  std::vector<float> read_all(const FoundPart& part) const {
    const std::vector<std::int64_t>& shape = *checkpoint_.shape(part.name);
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    std::vector<float> all(static_cast<std::size_t>(count));
    checkpoint_.read(part.name, 0, shape.size() < 2 ? 1 : shape.front(), all.data());
    return all;
  }

  void fill_vector(const FoundPart& part) {
    const std::vector<float> all = read_all(part);
    std::vector<float> numbers(static_cast<std::size_t>(part.rows));
    for (std::int64_t row = 0; row < part.rows; ++row)
      numbers[static_cast<std::size_t>(row)] =
          all[static_cast<std::size_t>(stored_row(part, row))] - part.part.plus;
    store(numbers.data(), part.first, part.rows);
  }

  void fill_transposed(const FoundPart& part) {
    const std::vector<float> all = read_all(part);
    const std::int64_t stored_rows = checkpoint_.shape(part.name)->back();
    at::parallel_for(0, part.rows, rows_at_once, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> line(static_cast<std::size_t>(columns_));
      for (std::int64_t row = begin; row < end; ++row) {
        for (std::int64_t column = 0; column < columns_; ++column)
          line[static_cast<std::size_t>(column)] =
              all[static_cast<std::size_t>(column * stored_rows + stored_row(part, row))];
        store(line.data(), part.first + row, 1);
      }
    });
  }

  const Checkpoint& checkpoint_;
  const kernels::Stored stored_;
  const std::int64_t columns_;
  const bool vector_;
  NonFinite nonfinite_;
};

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

bool is_whole(const StoredPart& part) {
  return part.rows == 0 && part.first_row == 0 && !part.transposed &&
         part.order.kind == RowOrder::AsParameter;
}

// What is written: parameters where they lie, or copies whose rows are in the stored order.
class Writing {
 public:
  void add(const Parameter& parameter, const std::vector<StoredPart>& parts) {
    if (parts.empty()) return whole(parameter, parameter.name);
    if (parts.size() == 1 && is_whole(parts.front()))
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

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                           const Checkpoint& checkpoint, const CheckpointMap& map,
                           kernels::Format format, std::set<std::string>* taken) {
  // All are looked for before memory is taken: a configuration may claim any size.
  std::set<std::string> names;
  const std::vector<std::vector<FoundPart>> found = find_parts(shapes, checkpoint, map, names);
  Parameters parameters(shapes, format);
  auto parts = found.begin();
  for (Parameter& parameter : parameters) {
    Filler filler(checkpoint, parameter);
    for (const FoundPart& part : *parts++) filler.fill(part);
  }
  if (taken != nullptr) taken->insert(names.begin(), names.end());
  return parameters;
}

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes, const fs::path& path,
                           kernels::Format format) {
  return load_parameters(shapes, *open_checkpoint(path), CheckpointMap(), format);
}

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
