#include "text/sources/gguf_tokenizer.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/gguf_builder.hpp"
#include "formats/refusal.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::check_refusal;
using testing::GgufBuilder;

// A vocabulary in a file of its own, without weights.
class Vocabulary {
 public:
  explicit Vocabulary(std::string_view model) {
    builder_.entry("tokenizer.ggml.model", GgufType::String, GgufBuilder::text(model));
  }
  Vocabulary& texts(std::string_view key, const std::vector<std::string>& texts) {
    std::string elements;
    for (const std::string& text : texts) elements += GgufBuilder::text(text);
    builder_.entry("tokenizer.ggml." + std::string(key), GgufType::Array,
                   GgufBuilder::array(GgufType::String, texts.size(), elements));
    return *this;
  }
  Vocabulary& text(std::string_view key, std::string_view value) {
    builder_.entry("tokenizer.ggml." + std::string(key), GgufType::String,
                   GgufBuilder::text(value));
    return *this;
  }
  Vocabulary& id(std::string_view key, std::uint32_t value) {
    builder_.entry("tokenizer.ggml." + std::string(key), GgufType::Uint32,
                   testing::bytes_of(value));
    return *this;
  }
  Vocabulary& flag(std::string_view key, bool value) {
    builder_.entry("tokenizer.ggml." + std::string(key), GgufType::Bool,
                   std::string(1, value ? '\1' : '\0'));
    return *this;
  }
  Vocabulary& types(const std::string& types) {
    builder_.entry("tokenizer.ggml.token_type", GgufType::Array,
                   GgufBuilder::array(GgufType::Uint8, types.size(), types));
    return *this;
  }
  Vocabulary& scores(const std::vector<float>& scores) {
    std::string elements;
    for (const float score : scores) elements += testing::bytes_of(score);
    builder_.entry("tokenizer.ggml.scores", GgufType::Array,
                   GgufBuilder::array(GgufType::Float32, scores.size(), elements));
    return *this;
  }
  Tokenizer load() const {
    const testing::ScratchFolder folder;
    testing::write_bytes(folder / "m.gguf", builder_.bytes(3));
    return load_tokenizer(folder / "m.gguf");
  }
  // As loaded, then saved as a folder and loaded again.
  Tokenizer saved() const {
    const testing::ScratchFolder folder;
    save_tokenizer(load().spec(), folder.path(), 512);
    return load_tokenizer(folder.path());
  }

 private:
  GgufBuilder builder_;
};

const std::string mark = "\xE2\x96\x81";

Vocabulary llama() {
  Vocabulary made("llama");
  made.texts("tokens", {"<unk>", "<s>", "</s>", mark, "a", "b", "ab", mark + "a"})
      .types("\2\3\3\1\1\1\1\1")
      .scores({0, 0, 0, -9, -8, -7, -1, -2})
      .id("bos_token_id", 1)
      .id("eos_token_id", 2)
      .id("unknown_token_id", 0);
  return made;
}

BOOST_AUTO_TEST_SUITE(gguf_tokenizer)

BOOST_AUTO_TEST_CASE(scores_say_which_pieces_are_merged_first) {
  for (const Tokenizer& tokenizer : {llama().load(), llama().saved()}) {
    BOOST_TEST(tokenizer.encode_whole("ab") == (Ids{1, 3, 6}));  // "ab" before "▁a"
    BOOST_TEST(tokenizer.encode("aa") == (Ids{7, 4}));
    BOOST_TEST(tokenizer.encode("x") == (Ids{3, 0}));
    BOOST_TEST(tokenizer.encode("<s>a") == (Ids{1, 7}));
    BOOST_TEST(tokenizer.decode(Ids{7, 3, 5}) == "a b");
  }
  BOOST_TEST(llama().flag("add_space_prefix", false).load().encode("a") == Ids{4});
  BOOST_TEST(llama().flag("add_bos_token", false).load().encode_whole("a") == Ids{7});
  BOOST_TEST(llama().flag("add_eos_token", true).load().encode_whole("a") == (Ids{1, 7, 2}));
}

BOOST_AUTO_TEST_CASE(a_unigram_vocabulary_gives_the_most_probable_pieces) {
  Vocabulary t5("t5");
  t5.texts("tokens", {"<pad>", "</s>", "<unk>", mark, "a", "b", "ab", mark + "a"})
      .types("\3\3\2\1\1\1\1\1")
      .scores({0, 0, 0, -1, -4, -4, -5, -3})
      .id("eos_token_id", 1)
      .id("unknown_token_id", 2)
      .flag("add_eos_token", true);
  for (const Tokenizer& tokenizer : {t5.load(), t5.saved()}) {
    BOOST_TEST(tokenizer.encode_whole("ab") == (Ids{3, 6, 1}));  // −6 beats −7
    BOOST_TEST(tokenizer.encode("  a\n b") == (Ids{7, 3, 5}));
    BOOST_TEST(tokenizer.encode("xyb") == (Ids{3, 2, 5}));  // unknown neighbours are one
    BOOST_TEST(tokenizer.decode(Ids{7, 3, 5}) == "a b");
  }
}

BOOST_AUTO_TEST_CASE(bert_pieces_that_continue_a_word_get_their_prefix_back) {
  Vocabulary bert("bert");
  bert.texts("tokens", {"[PAD]", "[UNK]", "[CLS]", "[SEP]", mark + "un", "able", mark + "."})
      .types("\3\2\3\3\1\1\1")
      .id("cls_token_id", 2)
      .id("seperator_token_id", 3)
      .id("unknown_token_id", 1);
  for (const Tokenizer& tokenizer : {bert.load(), bert.saved()}) {
    BOOST_TEST(tokenizer.encode_whole("UNable.x") == (Ids{2, 4, 5, 6, 1, 3}));
    BOOST_TEST(tokenizer.decode(Ids{4, 5, 6}) == "unable.");
  }
  BOOST_TEST(bert.load().encode_pair("un", ".").type_ids == (Ids{0, 0, 0, 1, 1}));
}

BOOST_AUTO_TEST_CASE(words_are_split_as_the_name_of_the_pre_tokenizer_says) {
  const auto ids = [](std::string_view pre, std::string_view text) {
    Vocabulary made("gpt2");
    made.text("pre", pre)
        .texts("tokens", {"1", "2", "12", "a", "\xC4\xA0",
                          "\xC4\xA0"
                          "a",
                          "a1"})
        .types("\1\1\1\1\1\1\1")
        .texts("merges", {"1 2", "\xC4\xA0 a", "a 1"});
    BOOST_TEST(made.saved().encode(text) == made.load().encode(text));
    return made.load().encode(text);
  };
  BOOST_TEST(ids("gpt-2", " a12") == (Ids{5, 2}));
  BOOST_TEST(ids("smollm", " a12") == (Ids{5, 0, 1}));
  BOOST_TEST(ids("qwen2", " a12") == (Ids{5, 0, 1}));
  BOOST_TEST(ids("llama-bpe", "a12") == (Ids{3, 2}));
  BOOST_TEST(ids("tekken", " a12") == (Ids{5, 0, 1}));
  BOOST_TEST(ids("gpt-4o", "a12") == (Ids{3, 2}));
  BOOST_TEST(ids("bloom", "a12") == (Ids{3, 2}));
  for (const char* pre : {"falcon", "deepseek-coder", "deepseek-v3", "viking", "dbrx", "stablelm2"})
    BOOST_TEST(!ids(pre, "a 12").empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_refused) {
  const auto bpe = [](std::string_view pre, const std::string& types, const std::string& merge) {
    Vocabulary made("gpt2");
    made.text("pre", pre).texts("tokens", {"a", "b", "ab"}).types(types).texts("merges", {merge});
    made.load();
  };
  check_refusal([&] { bpe("superbpe", "\1\1\1", "a b"); }, "its pre-tokenizer is \"superbpe\"");
  check_refusal([&] { bpe("smollm", "\1\1", "a b"); }, "has 3 tokens, but types of 2");
  check_refusal([&] { bpe("smollm", "\1\1\1", "a c"); }, "is \"c\", which is no token");
  check_refusal([] { Vocabulary("rwkv").load(); },
                "its tokenizer is \"rwkv\", expected gpt2, llama, t5 or bert");
  check_refusal(
      [] {
        Vocabulary("llama").texts("tokens", {"a"}).types("\1").scores({0, 0}).load();
      },
      "has 1 tokens, but 2 scores");
  check_refusal([] { llama().id("padding_token_id", 9).load(); },
                "\"tokenizer.ggml.padding_token_id\" is 9, but there are 8 tokens");
  check_refusal(
      [] {
        Vocabulary("llama").texts("tokens", {"a", "a"}).types("\1\1").scores({0, 0}).load();
      },
      "pieces 0 and 1 are both \"a\"");
  check_refusal([] { Vocabulary("bert").texts("tokens", {mark + "a"}).types("\1").load(); },
                "its vocabulary has no \"[UNK]\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
