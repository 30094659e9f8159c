#include "models/families/llama_gguf.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "core/io/error.hpp"
#include "formats/gguf.hpp"
#include "formats/gguf_llama.hpp"
#include "models/families/llama.hpp"
#include "models/parameter_files.hpp"
#include "text/gguf_tokenizer.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

const LlamaTensor& find(const std::vector<LlamaTensor>& tensors, const std::string& name,
                        const fs::path& file) {
  for (const LlamaTensor& tensor : tensors)
    if (tensor.name == name) return tensor;
  throw UsageError("tensor '" + name + "' is missing", file.string(),
                   "Take a complete Llama-family file.");
}

// Those of a configuration, in its order: looked for before memory is taken, since a configuration
// may claim any size.
std::vector<const LlamaTensor*> find_all(const std::vector<LlamaTensor>& tensors,
                                         const std::vector<Parameters::Shape>& shapes,
                                         const fs::path& file) {
  std::vector<const LlamaTensor*> found;
  for (const Parameters::Shape& shape : shapes) {
    found.push_back(&find(tensors, shape.name, file));
    check_shape(found.back()->stored->shape, shape, file);
  }
  return found;
}

// Rows [begin, end) of a tensor; rows of float32 in place, others by way of a buffer.
void fill(const GgufFile& file, const LlamaTensor& tensor, const kernels::Stored& to,
          std::int64_t begin, std::int64_t end) {
  const std::int64_t columns = tensor.stored->row_length(), count = (end - begin) * columns;
  const kernels::Stored rows = kernels::advanced(to, begin * columns);
  if (rows.format == kernels::Format::Float32)
    return dequantize(file, tensor, static_cast<float*>(rows.values), begin, end);
  std::vector<float> widened(static_cast<std::size_t>(count));
  dequantize(file, tensor, widened.data(), begin, end);
  kernels::store(widened.data(), rows, count);
}

}  // namespace

LoadedModel load_llama_gguf(const fs::path& path, kernels::Format format) {
  const GgufFile file(path);
  const ModelConfig config = config_from_gguf(file);
  const std::vector<LlamaTensor> tensors = llama_tensors(file);
  const std::vector<Parameters::Shape> shapes = Llama::shapes(config);
  const std::vector<const LlamaTensor*> found = find_all(tensors, shapes, path);
  Parameters parameters(shapes, format);
  auto next = found.begin();
  for (Parameter& parameter : parameters) {
    const LlamaTensor& tensor = **next++;
    const kernels::Stored to = parameter.stored();
    constexpr std::int64_t rows_at_once = 64;
    at::parallel_for(0, tensor.stored->rows(), rows_at_once,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end; row += rows_at_once)
                         fill(file, tensor, to, row, std::min(end, row + rows_at_once));
                     });
  }
  LoadedModel loaded;
  loaded.tokenizer = std::make_unique<Tokenizer>(tokenizer_spec_from_gguf(file));
  loaded.model = std::make_unique<Llama>(config, std::move(parameters));
  return loaded;
}

}  // namespace trainbus
