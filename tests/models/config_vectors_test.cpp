// The reference models' config.json, of the families that there are.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/io/error.hpp"
#include "models/files/config_file.hpp"
#include "support/reference_models.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

// The first of these fields that the document has.
std::int64_t integer(const json::value& document, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const json::value* field = document.as_object().if_contains(name))
      return field->to_number<std::int64_t>();
  throw std::runtime_error("the reference has none of these fields");
}

// None: refused, by the name of a field.
std::optional<ModelConfig> accepted(const std::filesystem::path& path) try {
  return read_config(path);
} catch (const UsageError& error) {
  const std::string fault = testing::fault_of_refusal(error.what(), path);
  if (!fault.empty()) BOOST_ERROR("the refusal " << fault << ": " << error.what());
  return std::nullopt;
}

void check_sizes(const ModelConfig& config, const json::value& stored) {
  BOOST_TEST(config.model_type == std::string(stored.at("model_type").as_string()));
  BOOST_TEST(config.vocab_size == integer(stored, {"vocab_size"}));
  BOOST_TEST(config.hidden_size == integer(stored, {"hidden_size", "n_embd", "dim"}));
  BOOST_TEST(config.layers == integer(stored, {"num_hidden_layers", "n_layer", "n_layers"}));
  BOOST_TEST(config.heads == integer(stored, {"num_attention_heads", "n_head", "n_heads"}));
}

BOOST_AUTO_TEST_CASE(every_reference_config_is_read_and_both_forms_agree) {
  for (const testing::ReferenceModel& reference : testing::reference_models()) {
    std::optional<ModelConfig> first;
    for (const std::string& name : reference.configs) BOOST_TEST_CONTEXT(reference.name) {
        const std::optional<ModelConfig> config = accepted(reference.folder / name);
        if (config) check_sizes(*config, testing::read_json(reference.folder / name));
        if (&name == &reference.configs.front()) {
          first = config;
          continue;
        }
        BOOST_TEST(config.has_value() == first.has_value());
        if (!config || !first) continue;
        BOOST_TEST((config->rope == first->rope));
        BOOST_TEST((config->local_rope == first->local_rope));
        BOOST_TEST((config->attention == first->attention));
        BOOST_TEST(config->head_dim == first->head_dim);
        BOOST_TEST(config->kv_heads == first->kv_heads);
        BOOST_TEST(config->tie_word_embeddings == first->tie_word_embeddings);
        BOOST_TEST(config->dtype == first->dtype);
      }
  }
}

}  // namespace
}  // namespace trainbus
