#include "text/tokenizer_json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/gguf_builder.hpp"
#include "formats/refusal.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"
#include "text/tokenizer_folder.hpp"
#include "tiny_spec.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::check_refusal;
using testing::GgufBuilder;
using testing::tiny_spec;
using testing::write_bytes;

// A tokenizer.json of two tokens and one merge; part: a field of the document, replaced.
std::string document(const std::string& part = {}, const std::string& value = {}) {
  std::string text = "{";
  const auto field = [&](const std::string& key, const std::string& usual) {
    text += "\"" + key + "\":" + (key == part ? value : usual) + ",";
  };
  field("added_tokens", R"([{"id":3,"content":"<s>","special":true}])");
  field("normalizer", "null");
  field("pre_tokenizer", R"({"type":"ByteLevel","add_prefix_space":false})");
  field("post_processor", "null");
  field("decoder", R"({"type":"ByteLevel"})");
  field("model", R"({"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]})");
  text.back() = '}';
  return text;
}

TokenizerSpec parse(const std::string& text) {
  return parse_tokenizer_json(text, "tokenizer.json");
}

void refuses(const std::string& part, const std::string& value, std::string_view expected) {
  check_refusal([&] { parse(document(part, value)); }, expected);
}

BOOST_AUTO_TEST_SUITE(tokenizer_json)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  TokenizerSpec spec = tiny_spec();
  spec.nfc = true;
  spec.ignore_merges = true;
  spec.unknown_byte = 262;
  spec.prefix = {261};
  spec.suffix = {262, 262};
  spec.added[0].strip_left = true;
  spec.split_patterns = {std::string(split_pattern::digits), "[a-c]+|x",
                         std::string(split_pattern::gpt2)};
  const std::string text = format_tokenizer_json(spec);
  const TokenizerSpec again = parse(text);
  BOOST_TEST(again.tokens == spec.tokens);
  BOOST_TEST((again.merges == spec.merges));
  BOOST_TEST(again.split_patterns == spec.split_patterns);
  BOOST_TEST(again.nfc);
  BOOST_TEST(again.ignore_merges);
  BOOST_TEST(again.unknown_byte.value() == 262);
  BOOST_TEST(again.prefix == spec.prefix);
  BOOST_TEST(again.suffix == spec.suffix);
  BOOST_TEST(again.added[0].strip_left);
  BOOST_TEST(!again.added[0].in_vocabulary);
  BOOST_TEST(again.added[2].in_vocabulary);
  BOOST_TEST(again.added[2].normalized);
  BOOST_TEST(format_tokenizer_json(again) == text);
}

BOOST_AUTO_TEST_CASE(merges_may_be_pairs_and_ids_come_from_both_lists) {
  for (const char* merges : {R"(["a b"])", R"([["a","b"]])"}) {
    const TokenizerSpec spec = parse(document(
        "model", R"({"vocab":{"a":0,"b":1,"ab":2},"merges":)" + std::string(merges) + "}"));
    BOOST_TEST(Tokenizer(spec).encode("ab<s>b") == (Ids{2, 3, 1}));
  }
}

BOOST_AUTO_TEST_CASE(parts_that_would_be_computed_otherwise_are_refused) {
  refuses("normalizer", R"({"type":"Lowercase"})", "\"normalizer.type\" is \"Lowercase\"");
  refuses("normalizer", R"({"type":"Sequence","normalizers":[{"type":"NFKC"}]})", "is \"NFKC\"");
  refuses("pre_tokenizer", "null", "one that ends with ByteLevel");
  refuses("pre_tokenizer", R"({"type":"Whitespace"})", "is \"Whitespace\"");
  refuses("pre_tokenizer", R"({"type":"ByteLevel","add_prefix_space":true})", "add_prefix_space");
  refuses("pre_tokenizer", R"({"type":"Split","behavior":"Removed","pattern":{"Regex":"x"}})",
          "\"pre_tokenizer.behavior\" is \"Removed\"");
  refuses("decoder", R"({"type":"WordPiece"})", "\"decoder.type\" is \"WordPiece\"");
  refuses("post_processor", R"({"type":"Whatever"})", "is \"Whatever\"");
  refuses("model", R"({"type":"Unigram","vocab":{},"merges":[]})", "\"model.type\" is \"Unigram\"");
  refuses("model", R"({"vocab":{},"merges":[],"dropout":0.1})", "model.dropout");
  refuses("model", R"({"vocab":{},"merges":[],"byte_fallback":true})", "model.byte_fallback");
  refuses("model", R"({"vocab":{},"merges":[],"end_of_word_suffix":"</w>"})", "end_of_word_suffix");
  refuses("added_tokens", R"([{"id":3,"content":"<s>","single_word":true}])", "single_word");
}

BOOST_AUTO_TEST_CASE(a_damaged_vocabulary_is_refused) {
  refuses("model", R"({"vocab":{"a":0,"b":9},"merges":[]})",
          "has the id 9, but ids run without gaps");
  refuses("model", R"({"vocab":{"a":0,"b":2147483647},"merges":[]})", "without gaps");
  refuses("model", R"({"vocab":{"a":0,"b":0},"merges":[]})", "which is also that of \"a\"");
  refuses("model", R"({"vocab":{"a":0,"a":1},"merges":[]})", "\"a\" twice");
  refuses("model", R"({"vocab":{"a":0,"b":-1},"merges":[]})", "\"model.vocab.b\" is -1");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":["a x"]})",
          "is \"x\", which is no token");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":["ab"]})", "two tokens with one blank");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":[["a"]]})", "pairs of tokens");
  refuses("added_tokens", R"([{"id":1,"content":"a"}])", "the same as in model.vocab");
  refuses("added_tokens", R"([{"id":4,"content":"<s>"}])", "has the id 4");
  check_refusal([] { parse("{}"); }, "\"model\" is missing");
}

BOOST_AUTO_TEST_CASE(templates_become_prefix_and_suffix) {
  const TokenizerSpec llama = parse(document("post_processor", R"({"type":"Sequence","processors":[
    {"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[3],"tokens":["<s>"]}}}]})"));
  BOOST_TEST(llama.prefix == Ids{3});
  BOOST_TEST(llama.suffix.empty());
  const TokenizerSpec roberta = parse(
      document("post_processor", R"({"type":"RobertaProcessing","cls":["<s>",3],"sep":["b",1]})"));
  BOOST_TEST(roberta.prefix == Ids{3});
  BOOST_TEST(roberta.suffix == Ids{1});
  refuses("post_processor", R"({"type":"RobertaProcessing","cls":["<s>",9],"sep":["b",1]})",
          "prefix has the id 9");
}

BOOST_AUTO_TEST_CASE(a_folder_names_the_special_tokens) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "tokenizer.json", document());
  const auto config = [&](const std::string& text) {
    write_bytes(folder / "tokenizer_config.json", text);
    return load_tokenizer(folder.path());
  };
  BOOST_TEST(!load_tokenizer(folder.path()).eos().has_value());
  const Tokenizer tokenizer = config(
      R"({"eos_token":"<s>","pad_token":{"content":"a"},"bos_token":null,"chat_template":"t"})");
  BOOST_TEST(tokenizer.eos().value() == 3);
  BOOST_TEST(tokenizer.pad().value() == 0);
  BOOST_TEST(!tokenizer.bos().has_value());
  BOOST_TEST(tokenizer.spec().chat_template == "t");
  check_refusal([&] { config(R"({"eos_token":"</s>"})"); }, "is \"</s>\", which is no token");
  check_refusal([&] { load_tokenizer(folder / "absent"); }, "No such file");
}

// transformers 5 drops the flag where there is a tokenizer.json.
BOOST_AUTO_TEST_CASE(a_beginning_token_that_tokenizer_json_does_not_add_is_not_added) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "tokenizer.json", document());
  write_bytes(folder / "tokenizer_config.json", R"({"bos_token":"<s>","add_bos_token":true})");
  const Tokenizer tokenizer = load_tokenizer(folder.path());
  BOOST_TEST(tokenizer.encode_beginning("ab") == Ids{2});
  save_tokenizer(tokenizer.spec(), folder.path(), 8);
  BOOST_TEST(load_tokenizer(folder.path()).encode_whole("ab") == Ids{2});
}

// As OPT is published.
BOOST_AUTO_TEST_CASE(vocab_json_and_merges_txt_are_gpt_2_s_tokenizer) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "vocab.json", R"({"a":0,"b":1,"ab":2,"</s>":3,"<pad>":4})");
  write_bytes(folder / "merges.txt", "#version: 0.2\r\na b\r\n\n");
  const auto load = [&](const std::string& settings) {
    write_bytes(folder / "tokenizer_config.json", settings);
    return load_tokenizer(folder.path());
  };
  const Tokenizer opt = load(
      R"({"add_bos_token":true,"bos_token":{"content":"</s>","lstrip":false},"unk_token":"</s>",
          "pad_token":"<pad>","tokenizer_class":"GPT2Tokenizer"})");
  BOOST_TEST(opt.encode("ab</s>ba") == (Ids{2, 3, 1, 0}));
  BOOST_TEST(opt.encode_beginning("ab") == (Ids{3, 2}));
  BOOST_TEST(opt.pad().value() == 4);
  save_tokenizer(opt.spec(), folder.path(), 8);
  BOOST_TEST(load_tokenizer(folder.path()).encode_whole("ab</s>") == (Ids{3, 2, 3}));
  std::filesystem::remove(folder / "tokenizer.json");
  const Tokenizer roberta =
      load(R"({"cls_token":"</s>","sep_token":"<pad>","tokenizer_class":"RobertaTokenizerFast"})");
  BOOST_TEST(roberta.encode_whole("ab") == (Ids{3, 2, 4}));
  const Tokenizer added =
      load(R"({"added_tokens_decoder":{"5":{"content":"<x>","lstrip":true,"special":true}}})");
  BOOST_TEST(added.encode("a <x>b") == (Ids{0, 5, 1}));
  check_refusal([&] { load(R"({"tokenizer_class":"Qwen2Tokenizer"})"); },
                "\"tokenizer_class\" is \"Qwen2Tokenizer\"");
  check_refusal([&] { load(R"({"bos_token":"<bos>"})"); }, "is \"<bos>\", which is no token");
  check_refusal([&] { load(R"({"added_tokens_decoder":{"9":{"content":"<x>"}}})"); },
                "no token has the id 5");
  write_bytes(folder / "merges.txt", "version https://git-lfs.github.com/spec/v1\n");
  check_refusal([&] { load("{}"); }, "git-lfs pointer");
}

BOOST_AUTO_TEST_CASE(a_padding_token_that_is_none_is_left_out_with_a_warning) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "tokenizer.json", document());
  write_bytes(folder / "tokenizer_config.json", R"({"pad_token":"[PAD]"})");
  testing::CapturedLog log;
  BOOST_TEST(!load_tokenizer(folder.path()).pad().has_value());
  BOOST_TEST(log.count("\"pad_token\" is \"[PAD]\", which is no token of the 4") == 1u);
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_tokenizer_does_worse_than_a_refusal) {
  const std::string intact = document();
  std::size_t read = 0, refused = 0;
  const auto attempt = [&](const std::string& text) {
    try {
      Tokenizer(parse(text)).encode("abc <s> \xC3\xA9");
      ++read;
    } catch (const UsageError&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < intact.size(); ++i) {
    attempt(intact.substr(0, i));
    for (const unsigned mask : {0x01u, 0x02u, 0x10u, 0x20u, 0x80u, 0xffu}) {
      std::string text = intact;
      text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ mask);
      attempt(text);
    }
  }
  BOOST_TEST(refused >= intact.size());
  BOOST_TEST(read > 0u);
}

BOOST_AUTO_TEST_CASE(a_gguf_tokenizer_that_is_not_understood_is_refused) {
  const testing::ScratchFolder folder;
  const auto refuse = [&](std::string_view model, std::string_view pre, std::size_t types,
                          std::string_view merge, std::string_view expected) {
    GgufBuilder builder;
    const auto strings = [&](std::string_view key, const std::vector<std::string_view>& texts) {
      std::string elements;
      for (const std::string_view text : texts) elements += GgufBuilder::text(text);
      builder.entry(key, GgufType::Array,
                    GgufBuilder::array(GgufType::String, texts.size(), elements));
    };
    builder.entry("tokenizer.ggml.model", GgufType::String, GgufBuilder::text(model));
    builder.entry("tokenizer.ggml.pre", GgufType::String, GgufBuilder::text(pre));
    strings("tokenizer.ggml.tokens", {"a", "b", "ab"});
    builder.entry("tokenizer.ggml.token_type", GgufType::Array,
                  GgufBuilder::array(GgufType::Uint8, types, std::string(types, '\1')));
    strings("tokenizer.ggml.merges", {merge});
    write_bytes(folder / "m.gguf", builder.bytes(3));
    check_refusal([&] { load_tokenizer(folder / "m.gguf"); }, expected);
  };
  refuse("llama", "smollm", 3, "a b",
         "its tokenizer is \"llama\" (SentencePiece), expected \"gpt2\"");
  refuse("gpt2", "tekken", 3, "a b", "its pre-tokenizer is \"tekken\"");
  refuse("gpt2", "smollm", 2, "a b", "has 3 tokens, but types of 2");
  refuse("gpt2", "smollm", 3, "a c", "is \"c\", which is no token");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
