// Refuses GGUF files that are not models.
#include <optional>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "formats/gguf/parser.hpp"

namespace trainbus {
namespace {

using Metadata = std::map<std::string, GgufValue, std::less<>>;

std::string text_at(const Metadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  const auto* text = std::get_if<std::string_view>(&found->second);
  return text == nullptr ? std::string() : std::string(*text);
}

}  // namespace

void refuse_part_of_a_model(const Metadata& metadata, const std::string& where) {
  const std::string type = text_at(metadata, "general.type");
  if (type == "adapter" || metadata.contains("adapter.type")) {
    const std::string base = text_at(metadata, "general.base_model.0.name");
    throw UsageError(
        "is a LoRA adapter" + (base.empty() ? "" : " of " + base) + ", no model", where,
        "Merge it first: llama-export-lora -m MODEL.gguf --lora '" + where + "' -o MERGED.gguf");
  }
  if (type == "imatrix" || metadata.contains("imatrix.chunk_count"))
    throw UsageError("is an importance matrix for llama-quantize, no model", where,
                     "Give the model's own .gguf file.");
  if (type == "mmproj" || text_at(metadata, "general.architecture") == "clip")
    throw UsageError("is the image projector (mmproj) of a model, no language model", where,
                     "Give the language model's own .gguf file.");
}

}  // namespace trainbus
