// The real model: needs the SmolLM2 file, see support/smollm2.hpp.
#include "support/smollm2.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "core/io/json.hpp"
#include "formats/file_bytes.hpp"
#include "models/families/llama.hpp"
#include "models/families/registry.hpp"
#include "models/files/config_file.hpp"
#include "models/files/parameter_files.hpp"
#include "support/vector_json.hpp"

namespace trainbus {
namespace {

using testing::read_bytes;

struct Fixture {
  GgufFile file{testing::smollm2()};

  std::vector<float> rows(std::string_view name, std::int64_t begin, std::int64_t end) const {
    const GgufTensor& tensor = file.at(name);
    std::vector<float> out(static_cast<std::size_t>((end - begin) * tensor.row_length()));
    file.dequantize(tensor, out.data(), begin, end);
    return out;
  }
};

void check_first(const std::vector<float>& values, const std::vector<float>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(values[i] == expected[i], boost::test_tools::tolerance(1e-6f));
}

BOOST_FIXTURE_TEST_SUITE(smollm2, Fixture)

BOOST_AUTO_TEST_CASE(the_file_is_what_it_is_known_to_be) {
  BOOST_TEST(file.version() == 3u);
  BOOST_TEST(file.tensors().size() == 272u);
  BOOST_TEST(file.metadata().size() == 33u);
  std::size_t q4_1 = 0, q8_0 = 0, f32 = 0;
  std::int64_t parameters = 0;
  for (const GgufTensor& tensor : file.tensors()) {
    q4_1 += tensor.type == GgmlType::Q4_1;
    q8_0 += tensor.type == GgmlType::Q8_0;
    f32 += tensor.type == GgmlType::F32;
    parameters += tensor.rows() * tensor.row_length();
  }
  BOOST_TEST(q4_1 == 210u);
  BOOST_TEST(q8_0 == 1u);
  BOOST_TEST(f32 == 61u);
  BOOST_TEST(parameters == 134'515'008);
}

BOOST_AUTO_TEST_CASE(golden_values_are_met) {
  check_first(rows("token_embd.weight", 0, 1),
              {-0.10654449f, 0.03297806f, 0.0481987f, -0.02283096f});
  check_first(rows("blk.0.ffn_gate.weight", 0, 1),
              {0.00726318f, 0.19891357f, 0.15100098f, -0.2322998f});
}

BOOST_AUTO_TEST_CASE(a_range_of_rows_is_the_same_as_those_rows_of_all) {
  const std::vector<float> all = rows("blk.3.attn_q.weight", 0, 576);
  const std::vector<float> some = rows("blk.3.attn_q.weight", 17, 23);
  BOOST_TEST(std::memcmp(some.data(), all.data() + 17 * 576, some.size() * sizeof(float)) == 0);
}

BOOST_AUTO_TEST_CASE(all_tensors_equal_the_reference_in_hugging_face_layout) {
  if (!testing::has_vectors("smollm2_tensors.json")) return;
  const boost::json::value vectors =  // numbers to the last bit
      parse_json(read_bytes(testing::vectors() / "smollm2_tensors.json"), "smollm2_tensors.json");
  const boost::json::object& expected = vectors.at("tensors").as_object();
  const ModelConfig config = config_from_gguf(file);
  const Parameters parameters = load_parameters(Llama::shapes(config), GgufCheckpoint(file),
                                                find_model_family("llama")->gguf(config));
  for (const auto& entry : expected) {
    const std::optional<ParameterId> id = parameters.find(entry.key());
    BOOST_TEST_REQUIRE(id.has_value(), entry.key());
    const Parameter& parameter = parameters[*id];
    const boost::json::array& shape = entry.value().at("shape").as_array();
    BOOST_REQUIRE_EQUAL(static_cast<std::size_t>(parameter.value.dim()), shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i)
      BOOST_TEST(parameter.value.size(static_cast<std::int64_t>(i)) == shape[i].as_int64());
    const float* first_value = parameter.value.const_data_ptr<float>();
    const std::vector<float> values(first_value, first_value + parameter.value.numel());
    double sum = 0, squares = 0, magnitude = 0;
    for (const double value : values) {
      sum += value;
      squares += value * value;
      magnitude += std::abs(value);
    }
    // The order of summation is free; the values are not.
    BOOST_TEST(std::abs(sum - entry.value().at("sum").to_number<double>()) <= 1e-9 * magnitude);
    BOOST_TEST(std::sqrt(squares) == entry.value().at("norm").to_number<double>(),
               boost::test_tools::tolerance(1e-9));
    const boost::json::array& first = entry.value().at("first").as_array();
    const boost::json::array& last = entry.value().at("last").as_array();
    for (std::size_t i = 0; i < first.size(); ++i)
      BOOST_TEST(values[i] == first[i].to_number<double>());
    for (std::size_t i = 0; i < last.size(); ++i)
      BOOST_TEST(values[values.size() - last.size() + i] == last[i].to_number<double>());
  }
}

BOOST_AUTO_TEST_CASE(its_configuration_is_read_from_the_metadata) {
  const ModelConfig config = config_from_gguf(file);
  BOOST_TEST(config.vocab_size == 49152);
  BOOST_TEST(config.hidden_size == 576);
  BOOST_TEST(config.intermediate_size == 1536);
  BOOST_TEST(config.layers == 30);
  BOOST_TEST(config.heads == 9);
  BOOST_TEST(config.kv_heads == 3);
  BOOST_TEST(config.head_dim == 64);
  BOOST_TEST(config.max_position_embeddings == 8192);
  BOOST_TEST(config.rope.theta == 100000.0);
  BOOST_TEST(config.norm_eps == 1e-5);
  BOOST_TEST(config.tie_word_embeddings);
  BOOST_TEST(config.bos_id.value() == 1);
  BOOST_TEST(config.pad_id.value() == 2);
  BOOST_CHECK((config.eos_ids == std::vector<std::int64_t>{2}));
  const ModelConfig again = parse_config(format_config(config), "config.json");
  BOOST_TEST(again.norm_eps == config.norm_eps);
  BOOST_TEST(again.rope.theta == config.rope.theta);
  BOOST_TEST(again.tie_word_embeddings);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
