#include "models/files/config_file.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "formats/file_bytes.hpp"
#include "formats/gguf_builder.hpp"
#include "formats/refusal.hpp"
#include "models/families/registry.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::bytes_of;
using testing::check_refusal;
using testing::GgufBuilder;

// A Llama config.json; extra, if given, begins with a comma.
std::string llama(const std::string& extra = {}, const std::string& heads = "8") {
  return R"({"model_type":"llama","architectures":["LlamaForCausalLM"],"vocab_size":100,
    "hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,"num_attention_heads":)" +
         heads + R"(,"max_position_embeddings":128)" + extra + "}";
}

ModelConfig parse(const std::string& text) { return parse_config(text, "config.json"); }

void refuses(const std::string& text, std::string_view expected) {
  check_refusal([&] { parse(text); }, expected);
}

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(what_a_v4_file_leaves_out_has_the_default_of_transformers) {
  const ModelConfig config = parse(llama());
  BOOST_TEST(config.kv_heads == 8);
  BOOST_TEST(config.head_dim == 8);
  BOOST_TEST(config.norm_eps == 1e-6);
  BOOST_TEST(config.rope.theta == 10000.0);
  BOOST_TEST(config.hidden_act == "silu");
  BOOST_TEST(!config.tie_word_embeddings);
  BOOST_TEST(!config.bos_id.has_value());
  BOOST_TEST(config.eos_ids.empty());
  BOOST_TEST(config.dtype == "float32");
}

BOOST_AUTO_TEST_CASE(fields_that_nobody_reads_are_written_again) {
  const ModelConfig config = parse(llama(
      R"(,"pretraining_tp":1,"my_note":{"by":"me","at":[1,2.5,null]},
         "torch_dtype":"bfloat16","transformers_version":"4.1")"));
  const std::string written = format_config(config);
  BOOST_TEST(written.find(R"("my_note": {"by":"me","at":[1,2.5E0,null]})") != std::string::npos);
  BOOST_TEST(written.find(R"("pretraining_tp": 1)") != std::string::npos);
  BOOST_TEST(written.find("transformers_version") == std::string::npos);
  BOOST_TEST(format_config(parse(written)) == written);
}

BOOST_AUTO_TEST_CASE(v4_and_v5_forms_are_read) {
  const ModelConfig v4 = parse(llama(
      R"(,"rope_theta":5e5,"rope_scaling":null,"torch_dtype":"bfloat16","eos_token_id":[3,4],"pad_token_id":-1)"));
  const ModelConfig v5 =
      parse(llama(R"(,"rope_parameters":{"rope_theta":500000.0,"rope_type":"default"},
                      "dtype":"bfloat16","eos_token_id":3,"bos_token_id":1)"));
  for (const ModelConfig& config : {v4, v5}) {
    BOOST_TEST(config.rope.theta == 5e5);
    BOOST_TEST(config.dtype == "bfloat16");
  }
  BOOST_CHECK((v4.eos_ids == std::vector<std::int64_t>{3, 4}));
  BOOST_TEST(!v4.pad_id.has_value());
  BOOST_TEST(v5.bos_id.value() == 1);
}

BOOST_AUTO_TEST_CASE(what_would_be_computed_wrongly_is_refused) {
  refuses(llama(R"(,"rope_scaling":{"factor":4.0})"), "\"rope_scaling.factor\" is 4");
  refuses(llama(R"(,"rope_scaling":{"type":"mrope"})"), "\"rope_scaling.type\" is \"mrope\"");
  refuses(llama(R"(,"rope_scaling":{"type":"linear"})"), "\"rope_scaling.factor\" is missing");
  refuses(llama(R"(,"rope_scaling":{"type":"linear","factor":0})"), "expected a positive number");
  refuses(llama(R"(,"rope_scaling":{"rope_type":"llama3","factor":8,"high_freq_factor":1})"),
          "expected more than low_freq_factor");
  refuses(llama(R"(,"rope_scaling":{"type":"longrope","short_factor":[1],"long_factor":[1]})"),
          "1 short and 1 long rope factors, expected 4 of each");
  refuses(llama(R"(,"rope_scaling":{"type":"longrope","short_factor":[1],"long_factor":"x"})"),
          "\"rope_scaling.long_factor\" is \"x\", expected a list");
  refuses(llama(R"(,"partial_rotary_factor":1.5)"), "expected a number above 0 and up to 1");
  refuses(llama(R"(,"partial_rotary_factor":0.1)"), "0 numbers of each head of 8 are rotated");
  refuses(llama(R"(,"use_sliding_window":true)"), "use_sliding_window");
  refuses(llama(R"(,"layer_types":["full_attention","sliding_attention"])"), "layer_types");
  refuses(llama(R"(,"quantization_config":{"bits":4})"), "quantization_config");
}

// Every scaling that is computed, in both forms, read and written.
BOOST_AUTO_TEST_CASE(scaled_rotary_embeddings_read_back_as_they_were) {
  const std::string longrope =
      R"("short_factor":[1,1.5,2,3],"long_factor":[2,3.5,4,9],"original_max_position_embeddings":32)";
  const Rope expected[] = {
      {.theta = 1e4, .kind = RopeKind::Linear, .factor = 2},
      {.theta = 1e4, .kind = RopeKind::Dynamic, .factor = 1.5},
      {.theta = 1e4,
       .kind = RopeKind::Llama3,
       .factor = 8,
       .original_positions = 64,
       .low_frequency_factor = 1,
       .high_frequency_factor = 4},
      {.theta = 1e4,
       .kind = RopeKind::Yarn,
       .factor = 4,
       .original_positions = 32,
       .attention_factor = 0.1 * std::log(4.0) + 1},
      {.theta = 1e4,
       .kind = RopeKind::LongRope,
       .original_positions = 32,
       .attention_factor = std::sqrt(1 + std::log(4.0) / std::log(32.0)),
       .short_factors = {1, 1.5, 2, 3},
       .long_factors = {2, 3.5, 4, 9}},
  };
  const std::string scalings[] = {
      R"("factor":2.0,"KEY":"linear")",
      R"("factor":1.5,"KEY":"dynamic")",
      R"("factor":8,"low_freq_factor":1,"high_freq_factor":4,"KEY":"llama3",
         "original_max_position_embeddings":64)",
      R"("factor":4,"KEY":"yarn","original_max_position_embeddings":32)",
      longrope + R"(,"KEY":"longrope")",
  };
  for (std::size_t i = 0; i < std::size(scalings); ++i)
    for (const std::string form : {R"("rope_scaling":{"type")", R"("rope_scaling":{"rope_type")",
                                   R"("rope_parameters":{"rope_type")"}) {
      std::string scaling = scalings[i];
      const std::string key = form.substr(form.find('{') + 1);
      scaling.replace(scaling.find("\"KEY\""), 5, key);
      const ModelConfig config =
          parse(llama("," + form.substr(0, form.find('{') + 1) + scaling + "}"));
      BOOST_TEST((config.rope == expected[i]), scaling);
      BOOST_TEST((parse(format_config(config)).rope == expected[i]), format_config(config));
    }
  const ModelConfig su = parse(llama(
      R"(,"original_max_position_embeddings":16,"rope_scaling":{"type":"su",)" + longrope + "}"));
  BOOST_TEST(su.rope.original_positions == 16);  // Phi-3's own field counts
  BOOST_TEST((su.rope.kind == RopeKind::LongRope));
}

BOOST_AUTO_TEST_CASE(what_changes_nothing_is_read) {
  const ModelConfig config = parse(llama(
      R"(,"rope_scaling":{"type":"linear","factor":1.0},"quantization_config":null,
          "initializer_range":NaN,"x":[Infinity,-Infinity],"y":"NaN \" Infinity",
          "tie_word_embeddings":null)",
      "8.0"));
  BOOST_TEST(config.heads == 8);
  BOOST_TEST(config.rope.theta == 10000.0);
  BOOST_TEST(parse(llama(R"(,"x":1)")).architecture == "LlamaForCausalLM");
  refuses(llama(R"(,"rope_theta":Infinity)"), "\"rope_theta\" is \"Infinity\", expected a number");
  refuses(llama(R"(,"x":Nan)"), "is not valid JSON");
}

BOOST_AUTO_TEST_CASE(of_several_architectures_the_first_counts_and_none_need_be_named) {
  const auto with = [](const std::string& names) {
    std::string text = llama();
    const std::string one = R"(["LlamaForCausalLM"])";
    return parse(text.replace(text.find(one), one.size(), names)).architecture;
  };
  BOOST_TEST(with(R"(["A","B"])") == "A");
  BOOST_TEST(with("[]").empty());
  BOOST_TEST(with("null").empty());
}

BOOST_AUTO_TEST_CASE(impossible_values_are_refused) {
  refuses("[]", "expected an object");
  refuses("{}", "\"model_type\" is missing");
  refuses(R"({"model_type":"mamba"})",
          "\"model_type\" is \"mamba\", expected " + model_family_names());
  refuses(R"({"model_type":"gemma3","text_config":{}})", "take its text model alone");
  refuses(llama("", "0"), "\"num_attention_heads\" is 0");
  refuses(llama("", "\"8\""), "\"num_attention_heads\" is \"8\"");
  refuses(llama("", "8.5"), "num_attention_heads");
  refuses(llama("", "99999999999"), "num_attention_heads");
  refuses(llama("", "7"), "64 is not a multiple of the 7 heads");
  refuses(llama(R"(,"num_key_value_heads":3)"), "expected a multiple of the 3 key-value heads");
  refuses(llama(R"(,"head_dim":7)"), "expected an even width");
  refuses(llama(R"(,"head_dim":2147483646)"), "8 heads of 2147483646 numbers, expected fewer");
  refuses(llama(R"(,"rms_norm_eps":-1)"), "epsilon");
  refuses(llama(R"(,"rope_theta":-1)"), "rotary base");
  refuses(llama(R"(,"bos_token_id":100)"), "\"bos_token_id\" is 100");
  refuses(llama(R"(,"eos_token_id":[1,100])"), "below vocab_size, not 100");
  refuses(llama(R"(,"vocab_size":100)"), "\"vocab_size\" twice");
}

BOOST_AUTO_TEST_CASE(a_written_config_reads_back_as_it_was) {
  ModelConfig config = parse(llama(R"(,"num_key_value_heads":2,"head_dim":16,"rms_norm_eps":1e-5,
      "rope_theta":123456,"tie_word_embeddings":true,"bos_token_id":1,"eos_token_id":[2,3],
      "attention_bias":true,"torch_dtype":"bfloat16")"));
  const ModelConfig again = parse(format_config(config));
  BOOST_TEST(again.kv_heads == 2);
  BOOST_TEST(again.head_dim == 16);
  BOOST_TEST(again.norm_eps == 1e-5);
  BOOST_TEST(again.rope.theta == 123456.0);
  BOOST_TEST(again.tie_word_embeddings);
  BOOST_TEST(again.attention_bias);
  BOOST_TEST(again.bos_id.value() == 1);
  BOOST_TEST(!again.pad_id.has_value());
  BOOST_CHECK((again.eos_ids == std::vector<std::int64_t>{2, 3}));
  BOOST_TEST(again.dtype == "bfloat16");
  BOOST_TEST(format_config(again) == format_config(config));
  config.model_type = "mamba";
  check_refusal([&] { format_config(config); }, "\"mamba\" cannot be written");
}

// An OPT or BERT config.json; extra begins with a comma.
std::string opt(const std::string& extra = {}) {
  return R"({"model_type":"opt","architectures":["OPTForCausalLM"],"vocab_size":100,"hidden_size":64,
    "ffn_dim":96,"num_hidden_layers":2,"num_attention_heads":8,"max_position_embeddings":128)" +
         extra + "}";
}

std::string bert(const std::string& extra = {}) {
  return R"({"model_type":"bert","architectures":["BertModel"],"vocab_size":100,"hidden_size":64,
    "intermediate_size":96,"num_hidden_layers":2,"num_attention_heads":8,
    "max_position_embeddings":128,"type_vocab_size":2)" +
         extra + "}";
}

BOOST_AUTO_TEST_CASE(opt_and_bert_read_back_as_they_were_written) {
  const ModelConfig small = parse(opt(R"(,"bos_token_id":2,"pad_token_id":1)"));
  BOOST_TEST(small.norm_eps == 1e-5);
  BOOST_TEST(small.hidden_act == "relu");
  BOOST_TEST(small.tie_word_embeddings);
  const ModelConfig encoder = parse(bert(
      R"(,"classifier_pooling":"mean","id2label":{"1":"good","0":"bad"},"layer_norm_eps":1e-6)"));
  BOOST_TEST((encoder.labels == std::vector<std::string>{"bad", "good"}));
  for (const ModelConfig& config : {small, encoder}) {
    const ModelConfig again = parse(format_config(config));
    BOOST_TEST(again.architecture == config.architecture);
    BOOST_TEST(again.intermediate_size == 96);
    BOOST_TEST(again.norm_eps == config.norm_eps);
    BOOST_TEST(again.hidden_act == config.hidden_act);
    BOOST_TEST(again.type_vocab_size == config.type_vocab_size);
    BOOST_TEST((again.labels == config.labels));
    BOOST_TEST(again.classifier_pooling == config.classifier_pooling);
    BOOST_TEST((again.bos_id == config.bos_id));
    BOOST_TEST(format_config(again) == format_config(config));
  }
}

BOOST_AUTO_TEST_CASE(bert_s_relatives_have_two_segments_unless_they_say_otherwise) {
  const std::string sizes = R"(,"vocab_size":100,"hidden_size":64,"intermediate_size":128,
    "num_hidden_layers":2,"num_attention_heads":4,"max_position_embeddings":128)";
  for (const char* type : {"bert", "roberta", "electra"}) {
    const std::string begin = R"({"model_type":")" + std::string(type) + '"' + sizes;
    BOOST_TEST(parse(begin + "}").type_vocab_size == 2);
    BOOST_TEST(parse(begin + R"(,"type_vocab_size":1})").type_vocab_size == 1);
    refuses(begin + R"(,"type_vocab_size":0})", "type_vocab_size");
  }
}

BOOST_AUTO_TEST_CASE(what_opt_and_bert_would_compute_wrongly_is_refused) {
  refuses(opt(R"(,"enable_bias":false)"), "enable_bias");
  refuses(opt(R"(,"layer_norm_elementwise_affine":false)"), "layer_norm_elementwise_affine");
  refuses(opt(R"(,"_remove_final_layer_norm":true)"), "_remove_final_layer_norm");
  refuses(bert(R"(,"position_embedding_type":"relative_key")"), "is \"relative_key\"");
  refuses(bert(R"(,"is_decoder":true)"), "is_decoder");
  refuses(bert(R"(,"add_cross_attention":true)"), "add_cross_attention");
  refuses(bert(R"(,"id2label":{"0":"a","2":"b"})"), "\"id2label.1\" is missing");
}

GgufBuilder llama_gguf(std::uint32_t heads) {
  GgufBuilder builder;
  const auto number = [&](const std::string& key, std::uint32_t value) {
    builder.entry("llama." + key, GgufType::Uint32, bytes_of(value));
  };
  builder.entry("general.architecture", GgufType::String, GgufBuilder::text("llama"));
  number("embedding_length", 8);
  number("feed_forward_length", 16);
  number("block_count", 1);
  number("attention.head_count", heads);
  number("context_length", 32);
  builder.tensor("token_embd.weight", GgmlType::F32, {8, 4}, 0);
  builder.data(128);
  return builder;
}

BOOST_AUTO_TEST_CASE(gguf_metadata_are_checked_like_a_config) {
  const testing::ScratchFolder folder;
  const auto read = [&](const GgufBuilder& builder) {
    testing::write_bytes(folder / "m.gguf", builder.bytes(3));
    return config_from_gguf(GgufFile(folder / "m.gguf"));
  };
  const ModelConfig config = read(llama_gguf(2));
  BOOST_TEST(config.vocab_size == 4);
  BOOST_TEST(config.head_dim == 4);
  BOOST_TEST(config.kv_heads == 2);
  BOOST_TEST(config.tie_word_embeddings);
  check_refusal([&] { read(llama_gguf(0)); }, "attention.head_count\" is 0");
  check_refusal([&] { read(llama_gguf(3)); }, "8 is not a multiple of the 3 heads");
  GgufBuilder named = llama_gguf(3);
  named.entry("llama.attention.key_length", GgufType::Uint32, bytes_of(std::uint32_t{6}));
  BOOST_TEST(read(named).head_dim == 6);
  GgufBuilder scaled = llama_gguf(2), partial = llama_gguf(2), id = llama_gguf(2);
  scaled.entry("llama.rope.scaling.type", GgufType::String, GgufBuilder::text("mrope"));
  scaled.entry("llama.rope.scaling.factor", GgufType::Float32, bytes_of(4.0f));
  check_refusal([&] { read(scaled); }, "rope.scaling.type\" is \"mrope\", expected none, linear");
  for (const char* key : {"llama.rope.scaling.factor", "llama.rope.scale_linear"}) {
    GgufBuilder four = llama_gguf(2), one = llama_gguf(2);
    four.entry(key, GgufType::Float32, bytes_of(4.0f));
    const Rope linear = read(four).rope;
    BOOST_TEST((linear == Rope{.theta = 1e4, .kind = RopeKind::Linear, .factor = 4}));
    one.entry(key, GgufType::Float32, bytes_of(1.0f));
    one.entry("llama.rope.scaling.type", GgufType::String, GgufBuilder::text("linear"));
    BOOST_TEST((read(one).rope == Rope{.theta = 1e4}));
  }
  GgufBuilder yarn = llama_gguf(2);
  yarn.entry("llama.rope.scaling.type", GgufType::String, GgufBuilder::text("yarn"));
  yarn.entry("llama.rope.scaling.factor", GgufType::Float32, bytes_of(4.0f));
  yarn.entry("llama.rope.scaling.original_context_length", GgufType::Uint32,
             bytes_of<std::uint32_t>(16));
  BOOST_TEST((read(yarn).rope == Rope{.theta = 1e4,
                                      .kind = RopeKind::Yarn,
                                      .factor = 4,
                                      .original_positions = 16,
                                      .attention_factor = 0.1 * std::log(4.0) + 1}));
  partial.entry("llama.rope.dimension_count", GgufType::Uint32, bytes_of<std::uint32_t>(2));
  BOOST_TEST(read(partial).rope.partial == 0.5);
  GgufBuilder wide = llama_gguf(2), experts = llama_gguf(2);
  wide.entry("llama.rope.dimension_count", GgufType::Uint32, bytes_of<std::uint32_t>(6));
  check_refusal([&] { read(wide); },
                "rope.dimension_count\" is 6, expected an integer from 1 to 4");
  experts.entry("llama.expert_count", GgufType::Uint32, bytes_of<std::uint32_t>(8));
  check_refusal([&] { read(experts); }, "mixture of experts");
  id.entry("tokenizer.ggml.eos_token_id", GgufType::Uint32, bytes_of<std::uint32_t>(4));
  check_refusal([&] { read(id); }, "eos_token_id\" is 4");
}

BOOST_AUTO_TEST_CASE(more_rotary_positions_than_any_model_has_are_refused) {
  refuses(R"({"model_type":"llama","vocab_size":8,"hidden_size":8,"num_hidden_layers":1,
              "num_attention_heads":2,"intermediate_size":8,"max_position_embeddings":2147483647})",
          "2147483647 positions, expected at most 4194304");
}

BOOST_AUTO_TEST_CASE(more_layers_than_any_model_has_are_refused) {
  refuses(R"({"model_type":"llama","vocab_size":8,"hidden_size":8,"num_hidden_layers":2147483647,
              "num_attention_heads":2,"intermediate_size":8,"max_position_embeddings":8})",
          "\"num_hidden_layers\" is 2147483647, expected an integer from 1 to 10000");
}

BOOST_AUTO_TEST_CASE(a_gguf_vocabulary_of_rows_without_numbers_is_refused) {
  const testing::ScratchFolder folder;
  GgufBuilder builder;
  builder.entry("general.architecture", GgufType::String, GgufBuilder::text("llama"));
  builder.tensor("token_embd.weight", GgmlType::F32, {0, std::uint64_t{1} << 62}, 0);
  testing::write_bytes(folder / "m.gguf", builder.bytes(3));
  check_refusal([&] { config_from_gguf(GgufFile(folder / "m.gguf")); },
                "\"token_embd.weight\" has 4611686018427387904 rows of 0 numbers");
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_config_does_worse_than_a_refusal) {
  ModelConfig config{.model_type = "llama",
                     .vocab_size = 8,
                     .hidden_size = 8,
                     .intermediate_size = 8,
                     .layers = 1,
                     .heads = 2,
                     .kv_heads = 1,
                     .head_dim = 4,
                     .max_position_embeddings = 8,
                     .norm_eps = 1e-5,
                     .rope = {.theta = 1e4},
                     .hidden_act = "silu"};
  const std::string intact = format_config(config);
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& text) {
    try {
      parse(text);
    } catch (const UsageError&) {
      ++refused;
    }
  };
  for (std::size_t size = 0; size < intact.size(); ++size) attempt(intact.substr(0, size));
  for (std::size_t i = 0; i < intact.size(); ++i)
    for (const unsigned mask : {0x01u, 0x02u, 0x10u, 0x20u, 0x80u, 0xffu}) {
      std::string text = intact;
      text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ mask);
      attempt(text);
    }
  BOOST_TEST(refused >= intact.size() - 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
