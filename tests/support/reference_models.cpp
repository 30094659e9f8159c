#include "support/reference_models.hpp"

#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>
#include <cctype>

#include "core/io/error.hpp"
#include "models/families/registry.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/language_batch.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// models.json says it by the class alone.
std::string kind_of(const json::object& expected) {
  if (const json::value* kind = expected.if_contains("kind")) return std::string(kind->as_string());
  const json::value* cls = expected.if_contains("cls");
  const std::string name(cls ? cls->as_string() : json::string());
  if (name.ends_with("ForMaskedLM")) return "masked";
  if (name.ends_with("ForSequenceClassification")) return "classifier";
  return "causal";
}

void add_models(const std::string& group, std::vector<ReferenceModel>& models) {
  const json::value document = vector_json(group + ".json");
  if (document.is_null()) return;
  const json::value* all = field_of(document, group, group + ".json");
  if (all == nullptr) return;
  for (const auto& [key, value] : all->as_object()) {
    ReferenceModel model;
    model.name = group + "/" + std::string(key);
    model.folder = fs::absolute(vectors() / group / std::string(key));
    model.expected = value.as_object();
    model.kind = kind_of(model.expected);
    for (const char* config : {"config.json", "config_v4.json"})
      if (fs::exists(model.folder / config)) model.configs.push_back(config);
    if (has_vectors(model.name + "/io.safetensors")) models.push_back(std::move(model));
  }
}

LoadedModel open(const ReferenceModel& reference, const fs::path& folder, const Tensors& io) {
  if (reference.kind != "classifier") return load_language_model(folder);
  std::vector<std::string> classes = class_names(folder);
  if (classes.empty())
    for (std::int64_t i = 0; i < io.at("logits").size(-1); ++i)
      classes.push_back("LABEL_" + std::to_string(i));
  LoadedModel loaded = load_classifier(folder, classes, 1);
  BOOST_TEST(!loaded.new_head, reference.name << ": the stored head is not taken");
  return loaded;
}

Batch batch_of(const ReferenceModel& reference, const Tensors& io) {
  const at::Tensor &ids = io.at("input_ids"), &mask = io.at("attention_mask");
  if (reference.kind == "causal") return language_batch(ids, mask, io.at("labels"));
  Batch batch = language_batch(ids, mask);
  if (io.contains("token_type_ids")) batch.token_types = packed(io.at("token_type_ids"), mask);
  if (reference.kind == "classifier") {
    batch.logit_positions = at::Tensor();
    batch.targets = io.at("labels");
  } else {
    const at::Tensor labels = packed(io.at("labels"), mask);
    batch.logit_positions = (labels >= 0).nonzero().squeeze(1);
    batch.targets = labels.index_select(0, batch.logit_positions);
  }
  return batch;
}

// Whether the text has the word, not only as a part of another.
bool has_word(const std::string& text, const std::string& word) {
  const auto is_part = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1))
    if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return true;
  return false;
}

bool names_a_field(const std::string& text, const json::value& value) {
  if (!value.is_object()) return false;
  for (const auto& [key, field] : value.as_object())
    if ((key != "model_type" && has_word(text, std::string(key))) || names_a_field(text, field))
      return true;
  return false;
}

}  // namespace

std::vector<ReferenceModel> reference_models() {
  std::vector<ReferenceModel> models;
  for (const char* group : {"models", "families", "published"}) add_models(group, models);
  return models;
}

void complete_folder(const ReferenceModel& from, const std::string& config, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from.folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("config") && !name.starts_with("io."))
      fs::create_symlink(entry.path(), to / name);
  }
  fs::copy_file(from.folder / config, to / "config.json");
  std::ofstream(to / "vocab.json") << "{\"a\": 0}";
  std::ofstream(to / "merges.txt") << "#version: 0.2\n";
}

std::string fault_of_refusal(const std::string& refusal, const fs::path& config) {
  const json::value document = read_json(config);
  const std::string type(document.at("model_type").as_string());
  if (find_model_family(type) == nullptr)
    return refusal.find("model_type") != refusal.npos && refusal.find(type) != refusal.npos
               ? ""
               : "does not name model_type " + type;
  return names_a_field(refusal, document) ? "" : "names no field of config.json";
}

void for_each_reference(const std::function<void(const OpenedReference&)>& check) {
  for (const ReferenceModel& reference : reference_models())
    for (const std::string& config : reference.configs)
      BOOST_TEST_CONTEXT(reference.name << " " << config) {
        const ScratchFolder folder;
        complete_folder(reference, config, folder.path());
        const Tensors io = read_tensors(reference.folder / "io.safetensors");
        LoadedModel loaded;
        try {
          loaded = open(reference, folder.path(), io);
        } catch (const UsageError& error) {
          const std::string refusal = without_folder(error.what(), folder.path());
          const std::string fault = fault_of_refusal(refusal, reference.folder / config);
          if (!fault.empty()) BOOST_ERROR("the refusal " << fault << ": " << refusal);
          skip(reference.name, refusal);
          continue;
        }
        const Batch batch = batch_of(reference, io);
        check({reference, *loaded.model, io, batch});
      }
}

at::Tensor logits_of_all(const OpenedReference& reference) {
  Batch batch = reference.batch;
  batch.logit_positions = at::Tensor();
  const at::NoGradGuard no_grad;
  PlainWeights plain(reference.model.parameters());
  return reference.model.logits(plain, batch)[0];
}

at::Tensor expected_logits(const OpenedReference& reference) {
  const at::Tensor& logits = reference.io.at("logits");
  return reference.of.kind == "classifier" ? logits
                                           : packed(logits, reference.io.at("attention_mask"));
}

at::Tensor packed(const at::Tensor& padded, const at::Tensor& mask) {
  return padded.flatten(0, 1).index_select(0, mask.flatten().nonzero().squeeze(1));
}

}  // namespace trainbus::testing
