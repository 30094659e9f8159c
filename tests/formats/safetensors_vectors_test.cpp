#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "file_bytes.hpp"
#include "formats/config.hpp"
#include "formats/json.hpp"
#include "formats/safetensors.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::read_bytes;
using testing::ScratchFolder;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// The first of these fields that the document has.
std::int64_t number(const boost::json::value& document, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const boost::json::value* field = document.as_object().if_contains(name))
      return field->to_number<std::int64_t>();
  throw std::runtime_error("the reference has none of these fields");
}

BOOST_AUTO_TEST_SUITE(safetensors_vectors)

BOOST_AUTO_TEST_CASE(the_writer_reproduces_the_reference_file_byte_for_byte) {
  const boost::json::value vectors =
      parse_json(read_bytes(testing::vectors() / "sinks.json"), "sinks.json");
  const std::string expected = from_hex(vectors.at("safetensors").at("file_hex").as_string());
  const std::array<float, 4> w = {1, 2, 3, 4};
  const std::array<float, 2> b = {-1, 0.5};
  const std::int64_t step = 450;
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "model.safetensors";
  write_safetensors(path,
                    std::vector<TensorSource>{{"w", DType::F32, {2, 2}, w.data()},
                                              {"b", DType::F32, {2}, b.data()},
                                              {"step", DType::I64, {}, &step}},
                    {{"format", "pt"}});
  BOOST_TEST(read_bytes(path) == expected);
}

BOOST_AUTO_TEST_CASE(every_reference_model_is_read_and_rewritten_byte_for_byte) {
  const ScratchFolder folder;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::vectors())) {
    if (entry.path().extension() != ".safetensors") continue;
    const SafetensorsFile file(entry.path());
    std::vector<TensorSource> tensors;
    for (const TensorInfo& info : file.tensors())
      tensors.push_back({info.name, info.dtype, info.shape, file.data(info).data()});
    const std::filesystem::path copy = folder / "copy.safetensors";
    write_safetensors(copy, tensors, file.metadata());
    BOOST_TEST((read_bytes(copy) == read_bytes(entry.path())), entry.path() << " differs");
    ++files;
  }
  BOOST_TEST(files > 0u);
}

BOOST_AUTO_TEST_CASE(every_reference_config_is_read_and_both_forms_agree) {
  std::size_t configs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors() / "models")) {
    const ModelConfig config = read_config(entry.path() / "config.json");
    const std::string name = entry.path().filename();
    BOOST_TEST(name.starts_with(config.model_type));
    const boost::json::value stored =
        parse_json(read_bytes(entry.path() / "config.json"), "config.json");
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
