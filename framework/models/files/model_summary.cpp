#include "models/files/model_summary.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "core/io/error.hpp"
#include "formats/foreign_file.hpp"
#include "models/families/registry.hpp"
#include "models/files/config_file.hpp"
#include "models/files/model_fit.hpp"
#include "models/files/model_folder.hpp"
#include "models/files/stored_parts.hpp"
#include "text/sources/gguf_tokenizer.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

// Whether the part could be read.
bool attempt(ModelSummary& summary, const std::function<void()>& part) {
  try {
    part();
    return true;
  } catch (const UsageError& error) {
    summary.problems.emplace_back(error.what());
    return false;
  }
}

void list_tensors(const Checkpoint& checkpoint, ModelSummary& summary) {
  std::map<std::string, ModelSummary::StoredType> types;
  std::set<fs::path> files;
  for (const std::string& name : checkpoint.names()) {
    const Checkpoint::Storage storage = checkpoint.storage(name);
    ModelSummary::StoredType& type = types[std::string(storage.type)];
    ++type.tensors;
    type.bytes += storage.bytes;
    ++summary.tensors;
    files.insert(checkpoint.file_of(name));
  }
  for (auto& [name, type] : types) {
    type.name = name;
    summary.types.push_back(type);
  }
  std::stable_sort(summary.types.begin(), summary.types.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  summary.files.assign(files.begin(), files.end());
}

// The use that the stored head is for.
ModelUse use_for_classes(const ModelConfig& config) {
  ModelUse use{.classes_asked = true, .classes = config.labels};
  if (use.classes.empty()) use.classes = {"LABEL_0", "LABEL_1"};  // transformers' default
  return use;
}

void find_parameters(const Checkpoint& checkpoint, CheckpointMap (*map)(const ModelConfig&),
                     ModelSummary& summary) {
  const ModelConfig& config = *summary.config;
  const auto fit = [&](ModelUse use) {
    ModelFit fitted = fit_model(config, checkpoint, *summary.family, map, use);
    const auto shapes = summary.family->shapes(fitted.config);
    find_parts(shapes, checkpoint, fitted.map, fitted.taken);
    for (const Parameters::Shape& shape : use.untouched)
      if (const auto name = stored_name(checkpoint, fitted.map, shape.name))
        fitted.taken.insert(*name);
    summary.unused = find_unused_tensors(checkpoint, fitted.map, fitted.taken);
    summary.parameter_tensors = static_cast<std::int64_t>(shapes.size());
    for (const Parameters::Shape& shape : shapes) {
      std::int64_t count = 1;
      for (const std::int64_t size : shape.sizes) count *= size;
      summary.parameters += count;
    }
    summary.new_parameters = use.new_parameters;
    summary.classes = use.classes_asked;
    summary.config = std::move(fitted.config);
  };
  const bool encoder = summary.family->kind == ModelKind::MaskedEncoder;
  if (!encoder) return fit({});
  if (config.architecture.ends_with("ForSequenceClassification"))
    return fit(use_for_classes(config));
  try {
    fit({});
  } catch (const UsageError&) {
    fit(use_for_classes(config));
  }
}

void describe_weights(const Checkpoint& checkpoint, bool gguf, ModelSummary& summary) {
  list_tensors(checkpoint, summary);
  if (!summary.config) return;
  attempt(summary, [&] {
    find_parameters(checkpoint, gguf ? summary.family->gguf : summary.family->checkpoint, summary);
    check_unused_tensors(checkpoint, summary.unused, gguf);
  });
}

void describe_tokenizer(const fs::path& path, const std::function<TokenizerSpec()>& read,
                        ModelSummary& summary) {
  attempt(summary, [&] {
    summary.tokenizer = read();
    if (summary.config)
      check_token_rows(*summary.tokenizer, summary.config->vocab_size, path.string());
  });
}

void summarize_gguf(const fs::path& path, ModelSummary& summary) {
  const GgufFile file(path);
  summary.format = "GGUF, version " + std::to_string(file.version());
  attempt(summary, [&] {
    summary.config = config_from_gguf(file);
    summary.family = find_model_family(summary.config->model_type);
  });
  if (!file.tensors().empty()) describe_weights(GgufCheckpoint(file), true, summary);
  describe_tokenizer(
      path, [&] { return tokenizer_spec_from_gguf(file); }, summary);
}

void summarize_folder(const fs::path& path, ModelSummary& summary) {
  attempt(summary, [&] {
    summary.config = read_config(path / "config.json");
    summary.family = find_model_family(summary.config->model_type);
  });
  std::unique_ptr<Checkpoint> checkpoint;
  if (attempt(summary, [&] { checkpoint = open_checkpoint(path); })) {
    summary.format = dynamic_cast<const TorchCheckpoint*>(checkpoint.get()) != nullptr
                         ? "PyTorch"
                         : "safetensors";
    describe_weights(*checkpoint, false, summary);
  }
  describe_tokenizer(
      path, [&] { return load_tokenizer(path).spec(); }, summary);
}

}  // namespace

ModelSummary summarize_model(const fs::path& path) {
  ModelSummary summary;
  summary.path = path;
  if (is_gguf(path)) {
    summarize_gguf(path, summary);
  } else {
    check_model_folder(path);
    summarize_folder(path, summary);
  }
  return summary;
}

}  // namespace trainbus
