#include "models/llama_gguf.hpp"

#include <ATen/Parallel.h>

#include "core/error.hpp"
#include "formats/gguf.hpp"
#include "formats/gguf_llama.hpp"
#include "models/llama.hpp"
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

}  // namespace

LoadedModel load_llama_gguf(const fs::path& path) {
  const GgufFile file(path);
  const ModelConfig config = config_from_gguf(file);
  const std::vector<LlamaTensor> tensors = llama_tensors(file);
  Parameters parameters(Llama::shapes(config));
  for (Parameter& parameter : parameters) {
    const LlamaTensor& tensor = find(tensors, parameter.name, path);
    check_shape(tensor.stored->shape, parameter, path);
    float* to = parameter.value.mutable_data_ptr<float>();
    const std::int64_t columns = tensor.stored->row_length();
    at::parallel_for(0, tensor.stored->rows(), 64, [&](std::int64_t begin, std::int64_t end) {
      dequantize(file, tensor, to + begin * columns, begin, end);
    });
  }
  LoadedModel loaded;
  loaded.tokenizer = std::make_unique<Tokenizer>(tokenizer_spec_from_gguf(file));
  loaded.model = std::make_unique<Llama>(config, std::move(parameters));
  return loaded;
}

}  // namespace trainbus
