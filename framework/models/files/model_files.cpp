#include "models/files/model_files.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <set>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "formats/atomic_file.hpp"
#include "formats/foreign_file.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/registry.hpp"
#include "models/files/config_file.hpp"
#include "models/files/model_fit.hpp"
#include "models/files/model_folder.hpp"
#include "models/files/parameter_files.hpp"
#include "models/files/stored_parts.hpp"
#include "models/files/unused_tensors.hpp"
#include "text/sources/gguf_tokenizer.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

struct Source {
  const Checkpoint& checkpoint;
  const ModelFamily& family;
  CheckpointMap (*map)(const ModelConfig&);
};

// Stored tensors that are saved under the names that the family gives them.
std::vector<StoredTensor> renamed(const std::vector<Parameters::Shape>& wanted,
                                  const Checkpoint& checkpoint, const CheckpointMap& map,
                                  std::set<std::string>& taken) {
  std::vector<StoredTensor> tensors;
  for (const Parameters::Shape& shape : wanted)
    if (const auto name = stored_name(checkpoint, map, shape.name)) {
      tensors.push_back(checkpoint.stored(*name));
      tensors.back().name = shape.name;
      taken.insert(*name);
    }
  return tensors;
}

std::unique_ptr<PretrainedModel> load(ModelConfig config, const Source& from,
                                      kernels::Format format, ModelUse& use) {
  const ModelFamily& family = from.family;
  ModelFit fit = fit_model(std::move(config), from.checkpoint, family, from.map, use);
  Parameters parameters =
      load_parameters(family.shapes(fit.config), from.checkpoint, fit.map, format, &fit.taken);
  std::vector<StoredTensor> untouched = renamed(use.untouched, from.checkpoint, fit.map, fit.taken);
  for (StoredTensor& tensor :
       unused_tensors(from.checkpoint, fit.map, fit.taken, from.map == family.gguf))
    untouched.push_back(std::move(tensor));
  auto model = family.make(std::move(fit.config), std::move(parameters));
  model->keep_untouched(std::move(untouched));
  return model;
}

// For this use; the seed is that of a new head.
struct Wanted {
  kernels::Format format;
  ModelUse use = {};
  std::uint64_t seed = 0;
};

void load_into(LoadedModel& loaded, ModelConfig config, const Source& from, Wanted wanted) {
  ModelUse& use = wanted.use;
  loaded.model = load(std::move(config), from, wanted.format, use);
  loaded.new_head = use.classes_asked && !use.new_parameters.empty();
  if (loaded.new_head) loaded.model->initialize(use.new_parameters, wanted.seed);
}

// Reads the tokenizer, on one thread, while the weights are read. If both are refused, the
// tokenizer's refusal is the one that is seen.
template <class ReadTokenizer, class ReadModel>
LoadedModel with_tokenizer(const ReadTokenizer& read_tokenizer, const ReadModel& read_model) {
  LoadedModel loaded;
  auto tokenizer = std::async(std::launch::async, read_tokenizer);
  try {
    read_model(loaded);
  } catch (...) {
    tokenizer.get();
    throw;
  }
  loaded.tokenizer = tokenizer.get();
  return loaded;
}

LoadedModel load_folder(const fs::path& path, const ModelFamily& family, const ModelConfig& config,
                        Wanted wanted) {
  LoadedModel loaded = with_tokenizer(
      [&] {
        auto tokenizer = std::make_unique<Tokenizer>(load_tokenizer(path));
        check_token_rows(tokenizer->spec(), config.vocab_size, path.string());
        return tokenizer;
      },
      [&](LoadedModel& to) {
        const std::unique_ptr<Checkpoint> checkpoint = open_checkpoint(path);
        load_into(to, config, {*checkpoint, family, family.checkpoint}, std::move(wanted));
      });
  loaded.model->keep_files(files_to_keep(path));
  return loaded;
}

LoadedModel load_gguf(const GgufFile& file, const ModelFamily& family, const ModelConfig& config,
                      Wanted wanted) {
  return with_tokenizer(
      [&] {
        auto tokenizer = std::make_unique<Tokenizer>(tokenizer_spec_from_gguf(file));
        check_token_rows(tokenizer->spec(), config.vocab_size, file.path().string());
        return tokenizer;
      },
      [&](LoadedModel& to) {
        load_into(to, config, {GgufCheckpoint(file), family, family.gguf}, std::move(wanted));
      });
}

// allowed: throws for families that the use is not for.
template <class Allowed>
LoadedModel load_any(const fs::path& path, Wanted wanted, const Allowed& allowed) {
  if (is_gguf(path)) {
    const GgufFile file(path);
    const ModelConfig config = config_from_gguf(file);
    const ModelFamily& family = *find_model_family(config.model_type);
    allowed(family);
    return load_gguf(file, family, config, std::move(wanted));
  }
  check_model_folder(path);
  const ModelConfig config = read_config(path / "config.json");
  const ModelFamily& family = *find_model_family(config.model_type);
  allowed(family);
  return load_folder(path, family, config, std::move(wanted));
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
  return load_any(path, {.format = format}, [](const ModelFamily&) {});
}

LoadedModel load_classifier(const fs::path& path, const std::vector<std::string>& classes,
                            std::uint64_t seed, kernels::Format format) {
  const ModelUse use{.classes_asked = true, .classes = classes};
  return load_any(
      path, {.format = format, .use = use, .seed = seed}, [&](const ModelFamily& family) {
        if (family.kind == ModelKind::MaskedEncoder) return;
        throw UsageError("the model is of the family '" + std::string(family.model_type) +
                             "'; text-classification needs an encoder of the family " +
                             model_family_names(ModelKind::MaskedEncoder),
                         path.string(),
                         "Use --task prompt-classification, or take an encoder such "
                         "as MiniLM.");
      });
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
  const ModelFamily* family = find_model_family(config.model_type);
  save_parameters(model.parameters(), family ? family->checkpoint(config) : CheckpointMap(),
                  model.untouched(), folder / "model.safetensors");
  write_file(folder / "config.json", format_config(config));
  save_tokenizer(tokenizer.spec(), folder, model.positions());
  write_kept_files(model.kept_files(), folder);
}

}  // namespace trainbus
