#include "text/models/word_piece.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <variant>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/refusal.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"
#include "text/sources/tokenizer_json.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::check_refusal;

enum : std::int32_t { unk, cls, sep, mask, un, aff, able, u, accent, dot, apostrophe, s };

TokenizerSpec tiny() {
  TokenizerSpec spec;
  spec.where = "tiny";
  spec.tokens = {"[UNK]",  "[CLS]", "[SEP]",    "[MASK]", "un", "##aff",
                 "##able", "u",     "\xC3\xA9", ".",      "'",  "s"};
  spec.normalizers = {normalize::Bert{}};
  spec.pre_tokenizers = {pre_tokenize::Bert{}};
  spec.decoders = {decode::WordPiece{}};
  spec.model = WordPieceSpec{unk, "##", 100};
  for (const std::int32_t id : {unk, cls, sep, mask})
    spec.added.push_back({.id = id, .special = true, .in_vocabulary = true});
  spec.prefix = {cls};
  spec.suffix = {sep};
  spec.cls = cls;
  spec.sep = sep;
  spec.mask = mask;
  spec.unk = unk;
  return spec;
}

Ids encode(const TokenizerSpec& spec, std::string_view word) {
  std::vector<WordToken> tokens;
  WordPiece(spec, std::get<WordPieceSpec>(spec.model)).encode(word, tokens);
  Ids ids;
  for (const WordToken& token : tokens) ids.push_back(token.id);
  return ids;
}

WordPieceSpec& rules_of(TokenizerSpec& spec) { return std::get<WordPieceSpec>(spec.model); }
normalize::Bert& normalizer_of(TokenizerSpec& spec) {
  return std::get<normalize::Bert>(spec.normalizers.at(0));
}

BOOST_AUTO_TEST_SUITE(word_piece)

BOOST_AUTO_TEST_CASE(a_word_becomes_the_longest_tokens_that_it_begins_with) {
  const TokenizerSpec spec = tiny();
  BOOST_TEST(encode(spec, "unaffable") == (Ids{un, aff, able}));
  BOOST_TEST(encode(spec, "u") == Ids{u});
  BOOST_TEST(encode(spec, "un") == Ids{un});
}

BOOST_AUTO_TEST_CASE(a_character_longer_than_every_token_is_unknown) {
  TokenizerSpec spec;
  spec.tokens = {"?", "#", "a", "#b", ""};
  spec.model = WordPieceSpec{0, "#", 100};  // itself a token, as is the empty text
  BOOST_TEST(encode(spec, "ab") == (Ids{2, 3}));
  BOOST_TEST(encode(spec, "a\xE8\xAA\x9E") == Ids{0});
  BOOST_TEST(encode(spec, "\xE8\xAA\x9E") == Ids{0});
}

BOOST_AUTO_TEST_CASE(a_word_that_no_tokens_make_up_is_unknown_as_a_whole) {
  const TokenizerSpec spec = tiny();
  BOOST_TEST(encode(spec, "unaffablex") == Ids{unk});
  BOOST_TEST(encode(spec, "unun") == Ids{unk});  // "##un" is no token
  BOOST_TEST(encode(spec, "\xC3\xA8") == Ids{unk});
  BOOST_TEST(encode(spec, "\xC3\xA9\xC3\xA9") == Ids{unk});
}

BOOST_AUTO_TEST_CASE(longer_words_than_the_limit_are_unknown) {
  TokenizerSpec spec = tiny();
  rules_of(spec).longest_word = 9;  // characters, not bytes
  BOOST_TEST(encode(spec, "unaffable") == (Ids{un, aff, able}));
  rules_of(spec).longest_word = 8;
  BOOST_TEST(encode(spec, "unaffable") == Ids{unk});
  rules_of(spec).longest_word = 1;
  BOOST_TEST(encode(spec, "\xC3\xA9") == Ids{accent});
}

BOOST_AUTO_TEST_CASE(text_is_normalised_and_special_tokens_are_found_in_it) {
  TokenizerSpec spec = tiny();
  normalizer_of(spec).strip_accents = false;
  const Tokenizer tokenizer(spec);
  BOOST_TEST(tokenizer.encode("UNaffable \xC3\x89 [MASK].") ==
             (Ids{un, aff, able, accent, mask, dot}));
  BOOST_TEST(tokenizer.encode("[mask]") == (Ids{unk, unk, unk}));
  BOOST_TEST(tokenizer.encode("[MASK]", Specials::AsText) == (Ids{unk, unk, unk}));
  BOOST_TEST(tokenizer.encode_whole("u") == (Ids{cls, u, sep}));
  BOOST_TEST(tokenizer.encode_beginning("u") == (Ids{cls, u}));
  BOOST_TEST(tokenizer.mask().value() == mask);
}

BOOST_AUTO_TEST_CASE(decoding_joins_pieces_and_tidies_english_punctuation) {
  const Tokenizer tokenizer(tiny());
  BOOST_TEST(tokenizer.decode(Ids{un, aff, able, u, dot}) == "unaffable u.");
  BOOST_TEST(tokenizer.decode(Ids{aff, u}) == "##aff u");
  BOOST_TEST(tokenizer.decode(Ids{u, apostrophe, s}) == "u ' s");
  BOOST_TEST(tokenizer.decode(Ids{}).empty());
  TokenizerSpec plain = tiny();
  plain.decoders = {decode::WordPiece{"##", false}};
  BOOST_TEST(Tokenizer(plain).decode(Ids{u, dot}) == "u .");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  TokenizerSpec spec = tiny();
  normalizer_of(spec).lower_case = false;
  normalizer_of(spec).strip_accents = true;
  rules_of(spec).longest_word = 7;
  const std::string text = format_tokenizer_json(spec);
  TokenizerSpec again = parse_tokenizer_json(text, "tokenizer.json");
  BOOST_TEST(again.tokens == spec.tokens);
  BOOST_TEST(again.prefix == spec.prefix);
  BOOST_TEST(again.suffix == spec.suffix);
  BOOST_TEST(!normalizer_of(again).lower_case);
  BOOST_TEST(normalizer_of(again).strip_accents);
  BOOST_TEST(rules_of(again).longest_word == 7);
  BOOST_TEST(format_tokenizer_json(again) == text);
  const testing::ScratchFolder folder;
  save_tokenizer(spec, folder.path(), 512);
  const Tokenizer loaded = load_tokenizer(folder.path());
  BOOST_TEST(loaded.mask().value() == mask);
  BOOST_TEST(loaded.spec().cls.value() == cls);
  BOOST_TEST(loaded.encode_whole("u") == (Ids{cls, u, sep}));
}

BOOST_AUTO_TEST_CASE(a_folder_may_have_vocab_txt_alone) {
  const testing::ScratchFolder folder;
  std::string lines;
  for (const std::string& token : tiny().tokens) lines += token + "\n";
  testing::write_bytes(folder / "vocab.txt", "[PAD]\n" + lines);
  const Tokenizer tokenizer = load_tokenizer(folder.path());
  BOOST_TEST(tokenizer.encode_whole("UNaffable [MASK]") ==
             (Ids{cls + 1, un + 1, aff + 1, able + 1, mask + 1, sep + 1}));
  BOOST_TEST(tokenizer.pad().value() == 0);
  testing::write_bytes(folder / "tokenizer_config.json", R"({"do_lower_case":false})");
  BOOST_TEST(load_tokenizer(folder.path()).encode("Un un") == (Ids{unk + 1, un + 1}));
  testing::write_bytes(folder / "tokenizer_config.json", R"({"mask_token":"<mask>"})");
  check_refusal([&] { load_tokenizer(folder.path()); }, "is \"<mask>\", which is no token");
  std::filesystem::remove(folder / "tokenizer_config.json");
  testing::write_bytes(folder / "vocab.txt", lines);  // nothing is padded
  BOOST_TEST(!load_tokenizer(folder.path()).pad().has_value());
  testing::write_bytes(folder / "vocab.txt", "[PAD]\n\xFF\n");
  check_refusal([&] { load_tokenizer(folder.path()); }, "is not UTF-8");
}

BOOST_AUTO_TEST_CASE(parts_that_would_be_computed_otherwise_are_refused) {
  const std::string intact = format_tokenizer_json(tiny());
  const auto refuses = [&](std::string_view part, std::string_view damaged, std::string_view why) {
    std::string text = intact;
    const std::size_t at = text.find(part);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), damaged);
    check_refusal([&] { parse_tokenizer_json(text, "tokenizer.json"); }, why);
  };
  refuses("\"BertNormalizer\"", "\"Albert\"", "\"normalizer.type\" is \"Albert\"");
  refuses("\"BertPreTokenizer\"", "\"UnicodeScripts\"", "is \"UnicodeScripts\"");
  refuses("\"type\":\"WordPiece\",\"prefix\"", "\"type\":\"CTC\",\"prefix\"", "decoder.type");
  refuses("\"unk_token\":\"[UNK]\"", "\"unk_token\":\"<unk>\"", "is \"<unk>\", which is no token");
  refuses("\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":0",
          "max_input_chars_per_word");
  refuses("\"u\":7", "\"u\":6", "which is also that of");
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_tokenizer_does_worse_than_a_refusal) {
  const std::string intact = format_tokenizer_json(tiny());
  std::size_t read = 0, refused = 0;
  const auto attempt = [&](const std::string& text) {
    try {
      Tokenizer(parse_tokenizer_json(text, "tokenizer.json"))
          .encode_whole("unaffable \xC3\xA9 [MASK]");
      ++read;
    } catch (const UsageError&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < intact.size(); ++i) {
    attempt(intact.substr(0, i));
    for (const unsigned mask_bits : {0x01u, 0x10u, 0x20u, 0xffu}) {
      std::string text = intact;
      text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ mask_bits);
      attempt(text);
    }
  }
  BOOST_TEST(refused >= intact.size());
  BOOST_TEST(read > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
