// Refuses GGUF files that are not whole models.
#include <optional>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "formats/gguf_parser.hpp"

namespace trainbus {
namespace {

using Metadata = std::map<std::string, GgufValue, std::less<>>;

std::string text_at(const Metadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  const auto* text = std::get_if<std::string_view>(&found->second);
  return text == nullptr ? std::string() : std::string(*text);
}

std::uint64_t number_at(const Metadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return 0;
  if (const auto* number = std::get_if<std::uint64_t>(&found->second)) return *number;
  const auto* number = std::get_if<std::int64_t>(&found->second);
  return number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
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
  if (const std::uint64_t parts = number_at(metadata, "split.count"); parts > 1)
    throw UsageError("is part " + std::to_string(number_at(metadata, "split.no") + 1) + " of " +
                         std::to_string(parts) + " of a split model",
                     where, "Merge the parts first: llama-gguf-split --merge FIRST.gguf OUT.gguf");
}

}  // namespace trainbus
