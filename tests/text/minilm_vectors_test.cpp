// The ids and the decoded text of MiniLM's tokenizer, as Hugging Face's tokenizers give them.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/minilm.hpp"
#include "support/vector_json.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using testing::Ids;
using testing::ids_of;

// The rows that the set has there.
json::array rows_of(const char* name, const char* field) {
  const json::value document = testing::vector_json(name);
  if (document.is_null()) return {};
  const json::value* rows = testing::field_of(document, field, name);
  return rows == nullptr ? json::array() : rows->as_array();
}

struct Fixture {
  // The reference decodes without special tokens.
  std::string decoded(const Tokenizer& checked, Ids ids) const {
    std::erase_if(ids, [&](std::int32_t id) {
      for (const AddedToken& token : checked.spec().added)
        if (token.id == id && token.special) return true;
      return false;
    });
    return checked.decode(ids);
  }
  void check_all(const Tokenizer& checked) const {
    for (const json::value& row : rows_of("tokenizers.json", "rows")) {
      const std::string text(row.at("text").as_string());
      if (testing::field_of(row, "minilm", "tokenizers/\"" + text + "\"") == nullptr) continue;
      const Ids ids = checked.encode_whole(text);
      BOOST_TEST(ids == ids_of(row.at("minilm")), "ids of \"" << text << "\"");
      BOOST_TEST(decoded(checked, ids) == std::string(row.at("minilm_decoded").as_string()));
    }
  }

  Tokenizer tokenizer = load_tokenizer(testing::minilm());
};

BOOST_FIXTURE_TEST_SUITE(minilm_vectors, Fixture)

BOOST_AUTO_TEST_CASE(all_reference_strings_get_the_reference_ids_and_text) { check_all(tokenizer); }

BOOST_AUTO_TEST_CASE(the_reference_sentences_get_the_reference_ids) {
  for (const json::value& row : rows_of("minilm.json", "sentences"))
    BOOST_TEST(tokenizer.encode_whole(row.at("text").as_string()) == ids_of(row.at("ids")));
}

BOOST_AUTO_TEST_CASE(the_written_folder_gives_the_same_tokenizer) {
  const testing::ScratchFolder folder;
  save_tokenizer(tokenizer.spec(), folder.path(), 512);
  const Tokenizer again = load_tokenizer(folder.path());
  check_all(again);
  BOOST_TEST(again.pad().value() == 0);
  BOOST_TEST(again.unk().value() == 100);
  BOOST_TEST(again.spec().cls.value() == 101);
  BOOST_TEST(again.spec().sep.value() == 102);
  BOOST_TEST(again.mask().value() == 103);
}

BOOST_AUTO_TEST_CASE(vocab_txt_alone_gives_the_same_ids_and_text) {
  const testing::ScratchFolder folder;
  std::filesystem::copy_file(testing::minilm() / "vocab.txt", folder / "vocab.txt");
  check_all(load_tokenizer(folder.path()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
