#include "models/files/parameter_files.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "models/files/nonfinite.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t rows_at_once = 64;

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
      return nonfinite_.look(to, first, count, columns_, false);
    }
    if (any_nonfinite(numbers, total))
      return nonfinite_.look(numbers, first, count, columns_, false);
    kernels::store(numbers, to, total);
    std::vector<float> back(static_cast<std::size_t>(total));
    kernels::load(kernels::forward_part(kernels::ConstStored(to)), back.data(), total);
    nonfinite_.look(back.data(), first, count, columns_, true);
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

// What the numbers of a parameter are in memory, if that is all of them.
struct Plain {
  DType stored;
  at::ScalarType type;
};

std::optional<Plain> plain(const Parameters::Shape& shape, kernels::Format format) {
  if (shape.sizes.size() < 2 || format == kernels::Format::Float32)
    return {{DType::F32, at::kFloat}};
  if (format == kernels::Format::BFloat16) return {{DType::BF16, at::kBFloat16}};
  if (format == kernels::Format::Float16) return {{DType::F16, at::kHalf}};
  return std::nullopt;
}

// The parameter where it lies in its file, if it is stored number for number; otherwise undefined.
at::Tensor in_file(const Parameters::Shape& shape, const std::vector<FoundPart>& parts,
                   const Checkpoint& checkpoint, kernels::Format format,
                   std::map<std::filesystem::path, MappedFile>& files) {
  const std::optional<Plain> wanted = plain(shape, format);
  if (!wanted || parts.size() != 1) return {};
  const auto& [part, name, first, rows] = parts.front();
  if (!part.is_whole() || part.plus != 0 || checkpoint.dtype(name) != wanted->stored) return {};
  const std::optional<FilePart> bytes = checkpoint.part(name);
  if (!bytes) return {};
  const auto size = static_cast<std::int64_t>(at::elementSize(wanted->type));
  std::byte* const memory = bytes->file.writable();
  if (memory == nullptr || bytes->offset % static_cast<std::uint64_t>(size) != 0) return {};
  files.emplace(bytes->file.path(), bytes->file);
  return at::from_blob(
      memory + bytes->offset, {static_cast<std::int64_t>(bytes->bytes) / size},
      [file = bytes->file](void*) {}, at::TensorOptions().dtype(wanted->type));
}

}  // namespace

OpenedParameters open_parameters(const std::vector<Parameters::Shape>& shapes,
                                 const Checkpoint& checkpoint, const CheckpointMap& map,
                                 kernels::Format format, std::set<std::string>* taken) {
  // All are looked for before memory is taken: a configuration may claim any size.
  std::set<std::string> names;
  const std::vector<std::vector<FoundPart>> found = find_parts(shapes, checkpoint, map, names);
  std::vector<at::Tensor> in_files;
  std::map<std::filesystem::path, MappedFile> by_path;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    in_files.push_back(in_file(shapes[i], found[i], checkpoint, format, by_path));
  std::vector<MappedFile> files;
  for (const auto& [path, file] : by_path) files.push_back(file);
  OpenedParameters opened{Parameters(shapes, format, std::move(in_files), std::move(files)), {}};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto id = static_cast<ParameterId>(i);
    if (opened.parameters.lies_in_file(id)) {
      const std::string& name = found[i].front().name;
      opened.unread.push_back({id, name, checkpoint.file_of(name)});
      continue;
    }
    Filler filler(checkpoint, opened.parameters[id]);
    for (const FoundPart& part : found[i]) filler.fill(part);
  }
  if (taken != nullptr) taken->insert(names.begin(), names.end());
  return opened;
}

void OpenedParameters::check() const {
  for (const Unread& each : unread) {
    const Parameter& parameter = parameters[each.id];
    const kernels::ConstStored stored = parameter.stored();
    const std::int64_t rows = parameter.value.size(0), columns = parameter.value.numel() / rows;
    NonFinite found;
    at::parallel_for(0, rows, rows_at_once, [&](std::int64_t begin, std::int64_t end) {
      found.look(kernels::advanced(stored, begin * columns), begin, end - begin, columns, false);
    });
    found.check(each.tensor, each.file, stored.format);
  }
}

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                           const Checkpoint& checkpoint, const CheckpointMap& map,
                           kernels::Format format, std::set<std::string>* taken) {
  OpenedParameters opened = open_parameters(shapes, checkpoint, map, format, taken);
  opened.check();
  return std::move(opened.parameters);
}

Parameters load_parameters(const std::vector<Parameters::Shape>& shapes, const fs::path& path,
                           kernels::Format format) {
  return load_parameters(shapes, *open_checkpoint(path), CheckpointMap(), format);
}

}  // namespace trainbus
