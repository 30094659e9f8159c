#include "text/sources/sentence_piece.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/refusal.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::check_refusal;
using testing::write_bytes;

const std::string mark = "\xE2\x96\x81";

// The wire format, for messages of less than 128 bytes.
std::string bytes_field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string number_field(int number, char value) { return {static_cast<char>(number << 3), value}; }
std::string piece(const std::string& text, float score, char type) {
  return bytes_field(1, bytes_field(1, text) + std::string{static_cast<char>(2 << 3 | 5)} +
                            testing::bytes_of(score) + number_field(3, type));
}

// kind: 1 unigram, 2 BPE. Ids: "<unk>" 0, "<s>" 1, "</s>" 2, "▁" 3, "a" 4, "b" 5, "ab" 6.
std::string model(char kind) {
  return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece(mark, -1, 1) +
         piece("a", -2, 1) + piece("b", -3, 1) + piece("ab", -4, 1) +
         bytes_field(2, number_field(3, kind)) + bytes_field(3, number_field(4, 0));
}

Tokenizer load(const std::string& bytes, const std::string& settings = {}) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "spiece.model", bytes);
  if (!settings.empty()) write_bytes(folder / "tokenizer_config.json", settings);
  return load_tokenizer(folder.path());
}

void refuses(const std::string& bytes, std::string_view expected) {
  check_refusal([&] { load(bytes); }, expected);
}

BOOST_AUTO_TEST_SUITE(sentence_piece)

BOOST_AUTO_TEST_CASE(a_model_alone_is_read_as_sentence_piece_reads_it) {
  const Tokenizer bpe = load(model(2));
  BOOST_TEST(bpe.encode_whole("ab a") == (Ids{1, 3, 6, 3, 4}));
  BOOST_TEST(bpe.encode("  a") == (Ids{3, 3, 3, 4}));
  BOOST_TEST(bpe.decode(bpe.encode("ab a")) == "ab a");
  const Tokenizer unigram = load(model(1));
  BOOST_TEST(unigram.encode_whole("ab a") == (Ids{3, 6, 3, 4}));
  BOOST_TEST(unigram.decode(unigram.encode("ab a")) == "ab a");
}

BOOST_AUTO_TEST_CASE(the_class_in_the_settings_decides_about_special_tokens) {
  const Tokenizer llama = load(model(2), R"({"tokenizer_class":"LlamaTokenizer"})");
  BOOST_TEST(llama.encode_whole("a") == (Ids{1, 3, 4}));
  BOOST_TEST(llama.encode(" a") == (Ids{3, 4}));  // a blank is enough of a mark
  BOOST_TEST(llama.encode_pair("a", "b").ids == (Ids{1, 3, 4, 1, 3, 5}));
  const Tokenizer ends = load(
      model(2),
      R"({"tokenizer_class":"LlamaTokenizerFast","add_bos_token":false,"add_eos_token":true})");
  BOOST_TEST(ends.encode_whole("a") == (Ids{3, 4, 2}));
  const Tokenizer t5 = load(model(1), R"({"tokenizer_class":"T5Tokenizer","extra_ids":2})");
  BOOST_TEST(t5.encode_whole("a<extra_id_0>") == (Ids{3, 4, 8, 2}));
  const Tokenizer roberta = load(model(1), R"({"tokenizer_class":"XLMRobertaTokenizer"})");
  BOOST_TEST(roberta.encode_whole("ab <mask>") == (Ids{0, 4, 7, 8, 2}));
  BOOST_TEST(roberta.encode_pair("a", "b").ids == (Ids{0, 4, 5, 2, 2, 4, 6, 2}));
  check_refusal([] { load(model(1), R"({"tokenizer_class":"XLNetTokenizer"})"); },
                "\"tokenizer_class\" is \"XLNetTokenizer\"");
  check_refusal([] { load(model(2), R"({"tokenizer_class":"XLMRobertaTokenizer"})"); },
                "is no unigram model");
}

BOOST_AUTO_TEST_CASE(a_model_that_is_none_is_refused) {
  refuses("\x0A\x7F", "field 1 announces 127 bytes, but 0 follow");
  refuses(std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12),
          "a number has more than 10 bytes");
  refuses("\x08\xFF", "a number goes on behind the end");
  refuses("\x0B", "the field type 3 is none of 0, 1, 2 and 5");
  refuses(number_field(7, 1), "holds no pieces");
  refuses(bytes_field(1, ""), "piece 0 is empty");
  refuses(bytes_field(1, bytes_field(1, "\xFF")), "piece 0 is not UTF-8");
  refuses(model(3), "is of type 3, expected 1 (unigram) or 2 (BPE)");
  refuses(model(2) + piece("a", 0, 1), "pieces 4 and 7 are both \"a\"");
  for (const float score : {NAN, INFINITY, -INFINITY})
    for (const int kind : {1, 2})
      refuses(model(kind) + piece("new", score, 1), "\"new\", is no finite number");
  refuses(model(1) + bytes_field(3, bytes_field(2, "\xFF\xFF\xFF\xFF")),
          "its precompiled_charsmap announces 4294967295 bytes of rules, but 0 follow");
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_model_does_worse_than_a_refusal) {
  const std::string intact = model(2);
  const testing::ScratchFolder folder;
  std::size_t read = 0, refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      Tokenizer(sentence_piece_spec(parse_sentence_piece_model(bytes, "m"))).encode("ab c");
      ++read;
    } catch (const UsageError&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < intact.size(); ++i) {
    attempt(intact.substr(0, i));
    for (const unsigned mask : {0x01u, 0x02u, 0x04u, 0x10u, 0x80u, 0xffu}) {
      std::string bytes = intact;
      bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask);
      attempt(bytes);
    }
  }
  BOOST_TEST(refused >= intact.size());
  BOOST_TEST(read > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
