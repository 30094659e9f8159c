#include "formats/missing_weights.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/mapped_file.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// A member of a JSON object in the folder; null if the file is missing or holds no JSON object.
boost::json::value member_of(const fs::path& file, std::string_view key) try {
  const MappedFile mapped(file);
  const boost::json::value document = parse_json(mapped.text(), file.string());
  const boost::json::value* value = JsonView(document)[key].value();
  return value == nullptr ? boost::json::value() : *value;
} catch (const UsageError&) {
  return {};
}

// The class that transformers opens the folder with.
std::string model_class(const fs::path& folder) {
  const boost::json::value names = member_of(folder / "config.json", "architectures");
  if (names.is_array() && !names.get_array().empty() && names.get_array()[0].is_string()) {
    const std::string name(names.get_array()[0].get_string());
    if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
          return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        }))
      return name;
  }
  return "AutoModel";
}

// A command that saves the folder's weights as safetensors in the same folder.
std::string save_again(const fs::path& folder, const std::string& how = "") {
  return "Run: python -c \"import transformers as t; t." + model_class(folder) +
         ".from_pretrained('" + folder.string() + "'" + how + ").save_pretrained('" +
         folder.string() + "')\"";
}

struct Kind {
  std::function<bool(const std::string&)> is;
  std::string what;  // after "holds NAME, "
  std::string remedy;
};

bool ends_with(const std::string& name, std::string_view end) { return name.ends_with(end); }

std::vector<Kind> kinds(const fs::path& folder) {
  const auto meta = [](const std::string& name) {
    return name.starts_with("consolidated") || name == "params.json";
  };
  const auto shard = [](const std::string& name) {
    return name.starts_with("model-") && name.find("-of-") != std::string::npos &&
           ends_with(name, ".safetensors");
  };
  const auto pickled_shard = [](const std::string& name) {
    return name.starts_with("pytorch_model-") && ends_with(name, ".bin");
  };
  const auto variant = [](const std::string& name) { return ends_with(name, ".safetensors"); };
  const std::string elsewhere = "Get model.safetensors from where the model was published.";
  return {
      {shard, "a shard, but not model.safetensors.index.json", "Get the index and all shards."},
      {pickled_shard, "a shard, but not pytorch_model.bin.index.json",
       "Get the index and all shards."},
      {meta, "weights in their maker's own layout",
       "Get the files in Hugging Face's layout: model.safetensors, config.json, tokenizer.json."},
      {variant, "weights under another name than model.safetensors",
       "If they are the model's, rename the file to model.safetensors."},
      {[](const std::string& name) { return ends_with(name, ".gguf"); }, "a GGUF file",
       "Give --model that file."},
      {[](const std::string& name) { return name == "tf_model.h5" || ends_with(name, ".h5"); },
       "TensorFlow's weights", save_again(folder, ", from_tf=True") + " with transformers 4"},
      {[](const std::string& name) { return ends_with(name, ".msgpack"); }, "Flax's weights",
       save_again(folder, ", from_flax=True") + " with transformers 4"},
      {[](const std::string& name) { return ends_with(name, ".onnx") || name == "onnx"; },
       "an ONNX model, which is for inference alone", elsewhere},
      {[](const std::string& name) {
         return ends_with(name, ".bin") || ends_with(name, ".pt") || ends_with(name, ".pth") ||
                ends_with(name, ".ckpt");
       },
       "pickled weights under another name than pytorch_model.bin",
       "If they are the model's, rename the file to pytorch_model.bin."},
  };
}

}  // namespace

void refuse_without_weights(const fs::path& folder) {
  const std::string expected =
      "neither model.safetensors nor pytorch_model.bin nor an index of either is there";
  const std::vector<std::string> names = names_in(folder);
  if (std::find(names.begin(), names.end(), "adapter_config.json") != names.end()) {
    const boost::json::value base =
        member_of(folder / "adapter_config.json", "base_model_name_or_path");
    throw UsageError(
        "is a PEFT adapter" +
            (base.is_string() ? " of " + std::string(base.get_string()) : std::string()) +
            ", not a whole model",
        folder.string(),
        "Merge it first: python -c \"from peft import AutoPeftModelForCausalLM as M; "
        "M.from_pretrained('" +
            folder.string() + "').merge_and_unload().save_pretrained('MERGED')\", then copy its " +
            "tokenizer's files");
  }
  for (const Kind& kind : kinds(folder)) {
    const auto found = std::find_if(names.begin(), names.end(), kind.is);
    if (found != names.end())
      throw UsageError("holds " + *found + ", " + kind.what + "; " + expected, folder.string(),
                       kind.remedy);
  }
  throw UsageError("holds no weights: " + expected, folder.string(),
                   "Name a folder with a checkpoint.");
}

}  // namespace trainbus
