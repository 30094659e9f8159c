#include "models/llama_files.hpp"

#include <ATen/Parallel.h>

#include "core/error.hpp"
#include "formats/atomic_file.hpp"
#include "formats/gguf.hpp"
#include "formats/gguf_llama.hpp"
#include "models/parameter_files.hpp"
#include "text/gguf_tokenizer.hpp"
#include "text/tokenizer_folder.hpp"

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

LanguageModel load_gguf(const fs::path& path) {
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
  LanguageModel loaded;
  loaded.tokenizer = std::make_unique<Tokenizer>(tokenizer_spec_from_gguf(file));
  loaded.model = std::make_unique<Llama>(config, std::move(parameters));
  return loaded;
}

LanguageModel load_folder(const fs::path& folder) {
  const ModelConfig config = read_config(folder / "config.json");
  LanguageModel loaded;
  loaded.tokenizer = std::make_unique<Tokenizer>(load_tokenizer(folder));
  loaded.model = std::make_unique<Llama>(config, load_parameters(Llama::shapes(config), folder));
  return loaded;
}

}  // namespace

LanguageModel load_language_model(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return load_folder(path);
  if (path.extension() == ".gguf") return load_gguf(path);
  throw UsageError(fs::exists(path, error) ? "is neither a folder nor a .gguf file"
                                           : "there is no such file or folder",
                   path.string(),
                   "Give --model a folder in Hugging Face's layout, or a .gguf file.");
}

void save_language_model(const Llama& model, const Tokenizer& tokenizer, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw RunError("cannot make the folder: " + error.message(), folder.string(),
                   "Choose another --run-dir.");
  ModelConfig config = model.config();
  config.dtype = "float32";
  save_parameters(model.parameters(), folder / "model.safetensors");
  write_file(folder / "config.json", format_llama_config(config));
  save_tokenizer(tokenizer.spec(), folder, config.max_position_embeddings);
}

}  // namespace trainbus
