// Tokenizers of every kind that is read: ids and text as Hugging Face's tokenizers give them.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/io/error.hpp"
#include "support/vector_json.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using testing::Ids;
using testing::ids_of;

// The row's own field, or what it is where the row leaves it out.
template <class Value, class Read>
Value field_or(const json::value& row, const char* field, const Value& otherwise,
               const Read& read) {
  const json::value* found = row.as_object().if_contains(field);
  return found == nullptr ? otherwise : read(*found);
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

Ids without_specials(const Tokenizer& tokenizer, Ids ids) {
  std::erase_if(ids, [&](std::int32_t id) {
    for (const AddedToken& token : tokenizer.spec().added)
      if (token.id == id && token.special) return true;
    return false;
  });
  return ids;
}

// None: the product refuses it, and it is skipped by the words of the refusal.
std::optional<Tokenizer> opened(const std::string& name, const std::filesystem::path& path) try {
  return load_tokenizer(path);
} catch (const UsageError& error) {
  testing::skip(name, testing::without_folder(error.what(), testing::vectors()));
  return std::nullopt;
}

// expected: begin, end, begin, … in code points.
void check_offsets(const Tokenizer& tokenizer, const std::string& text, const Ids& ids,
                   const Ids& expected) {
  const EncodedText encoded = tokenizer.encode_with_offsets(text);
  Ids offsets;
  for (const TokenOffsets& token : encoded.offsets) {
    offsets.push_back(static_cast<std::int32_t>(token.begin));
    offsets.push_back(static_cast<std::int32_t>(token.end));
  }
  BOOST_TEST(encoded.ids == ids, "ids with offsets of \"" << text << "\"");
  BOOST_TEST(offsets == expected, "offsets of \"" << text << "\"");
}

void check_pairs(const Tokenizer& tokenizer, const json::value& kind) {
  const json::value* pairs = kind.as_object().if_contains("pairs");
  if (pairs == nullptr) return;
  for (const json::value& pair : pairs->as_array()) {
    const EncodedPair encoded = tokenizer.encode_pair(text_of(pair.at("a")), text_of(pair.at("b")));
    BOOST_TEST(encoded.ids == ids_of(pair.at("ids")), json::serialize(pair));
    BOOST_TEST(encoded.type_ids == ids_of(pair.at("type_ids")), json::serialize(pair));
  }
}

enum class Compare { All, IdsAndTexts };

void check_row(const Tokenizer& tokenizer, const std::string& text, const json::value& row,
               Compare what) {
  const Ids ids = ids_of(row.at("ids"));
  BOOST_TEST(tokenizer.encode(text) == ids, "ids of \"" << text << "\"");
  BOOST_TEST(tokenizer.encode(text, Specials::AsText) ==
                 field_or(row, "ids_specials_as_text", ids, ids_of),
             "ids of \"" << text << "\" as text");
  const json::value* offsets = row.as_object().if_contains("offsets");
  if (offsets != nullptr && what == Compare::All)
    check_offsets(tokenizer, text, ids, ids_of(*offsets));
  const std::string decoded = field_or(row, "decoded", text, text_of);
  BOOST_TEST(tokenizer.decode(ids) == decoded, "text of \"" << text << "\"");
  BOOST_TEST(tokenizer.decode(without_specials(tokenizer, ids)) ==
                 field_or(row, "decoded_without_special", decoded, text_of),
             "text of \"" << text << "\" without special tokens");
}

void check_template(const Tokenizer& tokenizer, const json::value& kind, const std::string& text,
                    Ids ids) {
  const Ids prefix = ids_of(kind.at("prefix")), suffix = ids_of(kind.at("suffix"));
  ids.insert(ids.begin(), prefix.begin(), prefix.end());
  BOOST_TEST(tokenizer.encode_beginning(text) == ids);
  ids.insert(ids.end(), suffix.begin(), suffix.end());
  BOOST_TEST(tokenizer.encode_whole(text) == ids);
}

struct Expected {
  const json::array& texts;
  const json::value& kind;
  json::value rows;
};

void check_kind(const Tokenizer& tokenizer, const Expected& expected, Compare what = Compare::All) {
  const json::array& rows = expected.rows.at("rows").as_array();
  BOOST_TEST(rows.size() == expected.texts.size());
  BOOST_TEST(tokenizer.vocab_size() == expected.kind.at("vocab_size").to_number<std::int32_t>());
  for (std::size_t i = 0; i < std::min(rows.size(), expected.texts.size()); ++i) {
    const std::string text = text_of(expected.texts[i]);
    check_row(tokenizer, text, rows[i], what);
    check_template(tokenizer, expected.kind, text, ids_of(rows[i].at("ids")));
  }
  check_pairs(tokenizer, expected.kind);
  if (const json::value* decode = expected.rows.as_object().if_contains("decode"))
    for (const json::value& row : decode->as_array())
      BOOST_TEST(tokenizer.decode(ids_of(row.at("ids"))) == text_of(row.at("text")),
                 json::serialize(row));
}

void check_ids_and_texts(const Tokenizer& tokenizer, const Expected& expected) {
  const json::array& rows = expected.rows.at("rows").as_array();
  for (std::size_t i = 0; i < std::min(rows.size(), expected.texts.size()); ++i) {
    const std::string text = text_of(expected.texts[i]);
    const Ids ids = ids_of(rows[i].at("ids"));
    BOOST_TEST(tokenizer.encode(text) == ids, "ids of \"" << text << "\"");
    BOOST_TEST(tokenizer.decode(ids) == field_or(rows[i], "decoded", text, text_of));
  }
}

// Calls check with each kind that the set has.
template <class Check>
void for_each_kind(const Check& check) {
  const json::value document = testing::vector_json("tokenizer_kinds.json");
  if (document.is_null()) return;
  const json::value* kinds = testing::field_of(document, "kinds", "tokenizer_kinds.json");
  const json::value* texts = testing::field_of(document, "texts", "tokenizer_kinds.json");
  if (kinds == nullptr || texts == nullptr) return;
  for (const auto& [key, kind] : kinds->as_object()) {
    const std::string name = "tokenizer_kinds/" + std::string(key);
    if (!testing::has_vectors(name + "/expected.json")) continue;
    check(name, Expected{texts->as_array(), kind,
                         testing::read_json(testing::vectors() / name / "expected.json")});
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_of_tokenizer_that_is_read_gives_the_reference_ids_and_text) {
  for_each_kind([](const std::string& name, const Expected& expected) {
    BOOST_TEST_CONTEXT(name) {
      const std::optional<Tokenizer> tokenizer = opened(name, testing::vectors() / name);
      if (tokenizer) check_kind(*tokenizer, expected);
    }
  });
}

BOOST_AUTO_TEST_CASE(the_written_folder_of_every_kind_gives_the_same_tokenizer) {
  for_each_kind([](const std::string& name, const Expected& expected) {
    BOOST_TEST_CONTEXT(name) {
      const std::optional<Tokenizer> tokenizer = opened(name, testing::vectors() / name);
      if (!tokenizer) return;
      const testing::ScratchFolder folder;
      save_tokenizer(tokenizer->spec(), folder.path(), 512);
      check_kind(load_tokenizer(folder.path()), expected);
    }
  });
}

// The kind of the tokenizer in a GGUF file's metadata.
BOOST_AUTO_TEST_CASE(a_gguf_file_gives_the_ids_and_texts_of_its_kind) {
  const json::value files = testing::vector_json("gguf.json");
  if (files.is_null()) return;
  const json::value* all = testing::field_of(files, "files", "gguf.json");
  if (all == nullptr) return;
  for_each_kind([&](const std::string& name, const Expected& expected) {
    for (const auto& [key, file] : all->as_object()) {
      const json::value* kind = file.as_object().if_contains("tokenizer_kind");
      if (kind == nullptr || name != "tokenizer_kinds/" + text_of(*kind)) continue;
      const std::string path = text_of(file.at("file"));
      if (!testing::has_vectors(path)) continue;
      BOOST_TEST_CONTEXT(path) {
        const std::optional<Tokenizer> tokenizer = opened(path, testing::vectors() / path);
        if (!tokenizer) continue;
        check_ids_and_texts(*tokenizer, expected);
        const testing::ScratchFolder saved;
        save_tokenizer(tokenizer->spec(), saved.path(), 512);
        check_ids_and_texts(load_tokenizer(saved.path()), expected);
      }
    }
  });
}

// Llama's tokenizer.json puts the mark before a text in its normaliser, as SentencePiece does and
// as a model without settings is read; transformers makes it a step of its own.
BOOST_AUTO_TEST_CASE(a_sentence_piece_model_alone_gives_the_same_ids_and_texts) {
  for_each_kind([](const std::string& name, const Expected& expected) {
    const std::filesystem::path folder = testing::vectors() / name;
    if (!std::filesystem::exists(folder / "tokenizer.model")) return;
    const testing::ScratchFolder scratch;
    std::filesystem::copy_file(folder / "tokenizer.model", scratch / "tokenizer.model");
    const Tokenizer whole = load_tokenizer(folder);
    const auto& steps = whole.spec().normalizers;
    const bool prepends = std::any_of(steps.begin(), steps.end(), [](const NormalizerStep& step) {
      return std::holds_alternative<normalize::Prepend>(step);
    });
    if (!prepends)
      std::filesystem::copy_file(folder / "tokenizer_config.json",
                                 scratch / "tokenizer_config.json");
    // A tokenizer.json that splits at white space leaves blanks to no token; SentencePiece makes
    // one mark of several.
    const auto& splits = whole.spec().pre_tokenizers;
    const bool drops = std::any_of(splits.begin(), splits.end(), [](const PreTokenizerStep& step) {
      return std::holds_alternative<pre_tokenize::WhitespaceSplit>(step);
    });
    const Compare what = drops ? Compare::IdsAndTexts : Compare::All;
    BOOST_TEST_CONTEXT(name) {
      const Tokenizer alone = load_tokenizer(scratch.path());
      check_kind(alone, expected, what);
      const testing::ScratchFolder saved;
      save_tokenizer(alone.spec(), saved.path(), 512);
      check_kind(load_tokenizer(saved.path()), expected, what);
    }
  });
}

}  // namespace trainbus
