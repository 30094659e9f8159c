#include "models/model_files.hpp"

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "formats/atomic_file.hpp"
#include "models/families/bert_files.hpp"
#include "models/families/llama.hpp"
#include "models/families/llama_gguf.hpp"
#include "models/families/opt.hpp"
#include "models/parameter_files.hpp"
#include "text/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

template <class Family>
std::unique_ptr<PretrainedModel> load(const ModelConfig& config, const fs::path& folder,
                                      kernels::Format format) {
  return std::make_unique<Family>(config, load_parameters(Family::shapes(config), folder, format));
}

std::unique_ptr<PretrainedModel> language_model(const ModelConfig& config, const fs::path& folder,
                                                kernels::Format format) {
  if (config.model_type == "llama") return load<Llama>(config, folder, format);
  if (config.model_type == "opt") return load<Opt>(config, folder, format);
  if (config.model_type == "bert") return load_masked_bert(config, folder, format);
  throw UsageError("the model's family is '" + config.model_type + "', expected llama, opt or bert",
                   (folder / "config.json").string(), "Take a model of one of these families.");
}

// A folder; where it is none, what was found instead.
void check_folder(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return;
  throw UsageError(fs::exists(path, error) ? "is neither a folder nor a .gguf file"
                                           : "there is no such file or folder",
                   path.string(),
                   "Give --model a folder in Hugging Face's layout, or a .gguf file.");
}

// The tokenizer of a model, whose ids the embedding must know.
std::unique_ptr<Tokenizer> load_tokenizer_of(const ModelConfig& config, const fs::path& folder) {
  auto tokenizer = std::make_unique<Tokenizer>(load_tokenizer(folder));
  if (tokenizer->vocab_size() > config.vocab_size)
    throw UsageError("the tokenizer has " + std::to_string(tokenizer->vocab_size()) +
                         " tokens, the model's embedding " + std::to_string(config.vocab_size),
                     folder.string(), "Take the tokenizer.json that belongs to this model.");
  return tokenizer;
}

const char* dtype_of(kernels::Format format) {
  switch (format) {
    case kernels::Format::BFloat16:
    case kernels::Format::BFloat16Residual:
    case kernels::Format::BFloat16Split:
      return "bfloat16";
    case kernels::Format::Float16:
      return "float16";
    default:
      return "float32";
  }
}

}  // namespace

LoadedModel load_language_model(const fs::path& path, kernels::Format format) {
  if (path.extension() == ".gguf" && !fs::is_directory(path)) return load_llama_gguf(path, format);
  check_folder(path);
  const ModelConfig config = read_config(path / "config.json");
  LoadedModel loaded;
  loaded.tokenizer = load_tokenizer_of(config, path);
  loaded.model = language_model(config, path, format);
  return loaded;
}

LoadedModel load_classifier(const fs::path& path, const std::vector<std::string>& classes,
                            std::uint64_t seed, kernels::Format format) {
  const auto refuse = [&](const std::string& family) {
    throw UsageError("the model is of the family '" + family +
                         "'; text-classification needs an encoder of the family 'bert'",
                     path.string(),
                     "Use --task prompt-classification, or take a BERT model such as MiniLM.");
  };
  if (path.extension() == ".gguf" && !fs::is_directory(path)) refuse("llama");
  check_folder(path);
  const ModelConfig config = read_config(path / "config.json");
  if (config.model_type != "bert") refuse(config.model_type);
  LoadedModel loaded;
  loaded.tokenizer = load_tokenizer_of(config, path);
  auto model = load_bert_classifier(config, path, classes, format, loaded.fresh_head);
  if (loaded.fresh_head) model->initialize_head(seed);
  loaded.model = std::move(model);
  return loaded;
}

std::vector<std::string> class_names(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / "config.json", error)) return {};
  const std::vector<std::string> names = read_config(folder / "config.json").labels;
  return are_placeholders(names) ? std::vector<std::string>() : names;
}

void save_model(const PretrainedModel& model, const Tokenizer& tokenizer, const fs::path& folder) {
  file_system().make_folders(folder);
  ModelConfig config = model.config();
  config.dtype = dtype_of(model.parameters().format());
  save_parameters(model.parameters(), model.untouched(), folder / "model.safetensors");
  write_file(folder / "config.json", format_config(config));
  save_tokenizer(tokenizer.spec(), folder, config.max_position_embeddings);
}

}  // namespace trainbus
