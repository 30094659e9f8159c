#include "text/sources/tokenizer_json.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <variant>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/refusal.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"
#include "tiny_spec.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using Ids = std::vector<std::int32_t>;
using testing::check_refusal;
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
  using pre_tokenize::Behavior;
  spec.normalizers = {normalize::Unicode{normalize::Unicode::Form::Nfkc}, normalize::Lowercase{},
                      normalize::StripAccents{}, normalize::Strip{false, true}, normalize::Nmt{}};
  normalize::Replace replace;
  replace.pattern = {"b{2,}", true};
  replace.content = "b";
  spec.normalizers.emplace_back(std::move(replace));
  testing::bpe_of(spec).ignore_merges = true;
  testing::bpe_of(spec).unknown = 255;
  spec.prefix = {262};
  spec.suffix = {263, 263};
  spec.added[0].strip_left = true;
  spec.pre_tokenizers = {pre_tokenize::Digits{true},
                         pre_tokenize::Split{{"[a-c]+|x", true}, Behavior::MergedWithNext, true},
                         pre_tokenize::Punctuation{Behavior::Contiguous},
                         pre_tokenize::ByteLevel{false, false}};
  const std::string text = format_tokenizer_json(spec);
  const TokenizerSpec again = parse(text);
  BOOST_TEST(again.tokens == spec.tokens);
  BOOST_TEST((std::get<BpeSpec>(again.model).merges == testing::bpe_of(spec).merges));
  BOOST_TEST(std::get<BpeSpec>(again.model).ignore_merges);
  BOOST_TEST(std::get<BpeSpec>(again.model).unknown.value() == 255);
  BOOST_TEST(again.prefix == spec.prefix);
  BOOST_TEST(again.suffix == spec.suffix);
  BOOST_TEST(again.added[0].strip_left);
  BOOST_TEST(!again.added[0].in_vocabulary);
  BOOST_TEST(again.added[2].in_vocabulary);
  BOOST_TEST(again.added[2].normalized);
  BOOST_TEST(format_tokenizer_json(again) == text);
  TokenizerSpec parts = again;  // what was understood of it, without the document
  parts.document.clear();
  BOOST_TEST(format_tokenizer_json(parts) == text);
}

BOOST_AUTO_TEST_CASE(what_is_not_read_stays_in_the_document) {
  std::string text = document();
  text.insert(1, R"("comment":{"by":"hand"},)");
  const json::value again = json::parse(format_tokenizer_json(parse(text)));
  BOOST_TEST(again.at("comment").at("by").as_string() == "hand");
  BOOST_TEST(again.at("model").at("vocab").as_object().size() == 3u);
  BOOST_TEST(again.at("model").at("merges").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(merges_may_be_pairs_and_ids_come_from_both_lists) {
  for (const char* merges : {R"(["a b"])", R"([["a","b"]])"}) {
    const TokenizerSpec spec = parse(document(
        "model", R"({"vocab":{"a":0,"b":1,"ab":2},"merges":)" + std::string(merges) + "}"));
    BOOST_TEST(Tokenizer(spec).encode("ab<s>b") == (Ids{2, 3, 1}));
  }
}

BOOST_AUTO_TEST_CASE(parts_that_would_be_computed_otherwise_are_refused) {
  refuses("normalizer", R"({"type":"Cyrillic"})", "\"normalizer.type\" is \"Cyrillic\"");
  refuses("normalizer", R"({"type":"Sequence","normalizers":[{"type":"Other"}]})",
          "\"normalizer.normalizers[].type\" is \"Other\"");
  refuses("normalizer", R"({"type":"Precompiled","precompiled_charsmap":"A"})", "base64");
  refuses("pre_tokenizer", R"({"type":"UnicodeScripts"})", "is \"UnicodeScripts\"");
  refuses("pre_tokenizer", R"({"type":"Split","behavior":"Doubled","pattern":{"Regex":"x"}})",
          "\"pre_tokenizer.behavior\" is \"Doubled\"");
  refuses("pre_tokenizer", R"({"type":"Metaspace","replacement":"ab"})", "one character");
  refuses("decoder", R"({"type":"CTC"})", "\"decoder.type\" is \"CTC\"");
  refuses("post_processor", R"({"type":"Whatever"})", "is \"Whatever\"");
  refuses("model", R"({"type":"Neural","vocab":{},"merges":[]})", "\"model.type\" is \"Neural\"");
  refuses("model", R"({"type":"Neural"})", "\"model.type\" is \"Neural\"");
  refuses("model", R"({"vocab":{},"merges":[],"dropout":0.1})", "model.dropout");
  refuses("model", R"({"type":"Unigram","vocab":[["a"]]})", "pairs of a token and its score");
  refuses("model", R"({"type":"Unigram","vocab":[["a",-1]],"unk_id":1})", "\"model.unk_id\" is 1");
  refuses("model", R"({"type":"Unigram","vocab":[["a",-1e999]]})", "\"a\", is no finite number");
}

BOOST_AUTO_TEST_CASE(a_damaged_vocabulary_is_refused) {
  refuses("model", R"({"vocab":{"a":0,"b":2147483647},"merges":[]})",
          "has the id 2147483647, but there are only 2 tokens");
  refuses("model", R"({"vocab":{"a":0,"b":0},"merges":[]})", "which is also that of \"a\"");
  refuses("model", R"({"vocab":{"a":0,"a":1},"merges":[]})", "\"a\" twice");
  refuses("model", R"({"vocab":{"a":0,"b":-1},"merges":[]})", "\"model.vocab.b\" is -1");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":["a x"]})",
          "is \"x\", which is no token");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":["ab"]})", "two tokens with one blank");
  refuses("model", R"({"vocab":{"a":0,"b":1,"c":2},"merges":[["a"]]})", "pairs of tokens");
  refuses("added_tokens", R"([{"id":1,"content":"a"}])", "the same as in model.vocab");
  check_refusal([] { parse("{}"); }, "\"model\" is missing");
}

// As Hugging Face's tokenizers have them.
BOOST_AUTO_TEST_CASE(ids_may_have_gaps_and_added_tokens_count_on_from_the_vocabulary) {
  const Tokenizer gap(parse(document("model", R"({"vocab":{"a":0,"b":9,"ab":1},"merges":[]})")));
  BOOST_TEST(gap.vocab_size() == 10);
  BOOST_TEST(gap.encode("ab<s>") == (Ids{0, 9, 3}));
  check_refusal([&] { gap.decode(Ids{5}); }, "the id 5 is no token's");
  const Tokenizer again(parse(format_tokenizer_json(gap.spec())));
  BOOST_TEST(again.encode("ab<s>") == (Ids{0, 9, 3}));
  testing::CapturedLog log;
  const Tokenizer added(parse(document("added_tokens", R"([{"id":7,"content":"<s>"}])")));
  BOOST_TEST(added.encode("<s>") == Ids{3});
  BOOST_TEST(log.count("\"<s>\" has the id 7 there, but gets 3") == 1u);
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
  write_bytes(folder / "chat_template.jinja", "own {{ file }}");
  const Tokenizer chat = load_tokenizer(folder.path());
  BOOST_TEST(chat.spec().chat_template == "own {{ file }}");
  const testing::ScratchFolder saved;
  save_tokenizer(chat.spec(), saved.path(), 8);
  BOOST_TEST(load_tokenizer(saved.path()).spec().chat_template == "own {{ file }}");
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
