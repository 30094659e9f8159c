#include "models/families/registry.hpp"

#include <array>
#include <vector>

namespace trainbus {

// One line a family.
extern const ModelFamily llama_family;
extern const ModelFamily mistral_family;
extern const ModelFamily qwen2_family;
extern const ModelFamily qwen3_family;
extern const ModelFamily gemma2_family;
extern const ModelFamily gemma3_text_family;
extern const ModelFamily phi3_family;
extern const ModelFamily smollm3_family;
extern const ModelFamily gpt2_family;
extern const ModelFamily gpt_neox_family;
extern const ModelFamily falcon_family;
extern const ModelFamily opt_family;
extern const ModelFamily bert_family;
extern const ModelFamily roberta_family;
extern const ModelFamily xlm_roberta_family;
extern const ModelFamily camembert_family;
extern const ModelFamily distilbert_family;
extern const ModelFamily electra_family;
extern const ModelFamily modernbert_family;
extern const ModelFamily deberta_v2_family;

namespace {

// One a line.
// clang-format off
constexpr std::array families = {
    &llama_family,
    &mistral_family,
    &qwen2_family,
    &qwen3_family,
    &gemma2_family,
    &gemma3_text_family,
    &phi3_family,
    &smollm3_family,
    &gpt2_family,
    &gpt_neox_family,
    &falcon_family,
    &opt_family,
    &bert_family,
    &roberta_family,
    &xlm_roberta_family,
    &camembert_family,
    &distilbert_family,
    &electra_family,
    &modernbert_family,
    &deberta_v2_family,
};
// clang-format on

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
  return text;
}

}  // namespace

std::span<const ModelFamily* const> model_families() { return families; }

const ModelFamily* find_model_family(std::string_view model_type) {
  for (const ModelFamily* family : families)
    if (family->model_type == model_type) return family;
  return nullptr;
}

std::string model_family_names() {
  std::vector<std::string_view> names;
  for (const ModelFamily* family : families) names.push_back(family->model_type);
  return joined(names);
}

std::string model_family_names(ModelKind kind) {
  std::vector<std::string_view> names;
  for (const ModelFamily* family : families)
    if (family->kind == kind) names.push_back(family->model_type);
  return joined(names);
}

}  // namespace trainbus
