// The reference models' config.json, of the families that there are.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "core/io/json.hpp"
#include "formats/file_bytes.hpp"
#include "models/config_file.hpp"
#include "models/families/registry.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::read_bytes;

// The first of these fields that the document has.
std::int64_t number(const boost::json::value& document, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const boost::json::value* field = document.as_object().if_contains(name))
      return field->to_number<std::int64_t>();
  throw std::runtime_error("the reference has none of these fields");
}

BOOST_AUTO_TEST_CASE(every_reference_config_is_read_and_both_forms_agree) {
  std::size_t configs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors() / "models")) {
    const std::string name = entry.path().filename();
    const boost::json::value stored =
        parse_json(read_bytes(entry.path() / "config.json"), "config.json");
    const std::string type(stored.at("model_type").as_string());
    if (!find_model_family(type)) {
      BOOST_TEST_MESSAGE(name << ": the family " << type << " is not implemented");
      continue;
    }
    const ModelConfig config = read_config(entry.path() / "config.json");
    BOOST_TEST(name.starts_with(config.model_type));
    BOOST_TEST(config.vocab_size == number(stored, {"vocab_size"}));
    BOOST_TEST(config.hidden_size == number(stored, {"hidden_size", "n_embd"}));
    BOOST_TEST(config.layers == number(stored, {"num_hidden_layers", "n_layer"}));
    BOOST_TEST(config.heads == number(stored, {"num_attention_heads", "n_head"}));
    BOOST_TEST((config.rope_theta > 0) == (config.hidden_act == "silu"));
    ++configs;
    if (!std::filesystem::exists(entry.path() / "config_v4.json")) continue;
    const ModelConfig v4 = read_config(entry.path() / "config_v4.json");
    BOOST_TEST(v4.rope_theta == config.rope_theta);
    BOOST_TEST(v4.head_dim == config.head_dim);
    BOOST_TEST(v4.kv_heads == config.kv_heads);
    BOOST_TEST(v4.tie_word_embeddings == config.tie_word_embeddings);
    BOOST_TEST(v4.dtype == config.dtype);
  }
  BOOST_TEST(configs > 0u);
}

}  // namespace
}  // namespace trainbus
