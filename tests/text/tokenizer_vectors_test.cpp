// The ids of SmolLM2's tokenizer, as Hugging Face's tokenizers give them.
#include <boost/test/unit_test.hpp>
#include <string>
#include <variant>
#include <vector>

#include "support/smollm2.hpp"
#include "support/vector_json.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using testing::Ids;
using testing::ids_of;

auto merges_of(const Tokenizer& tokenizer) {
  return std::get<BpeSpec>(tokenizer.spec().model).merges;
}

struct Fixture {
  Fixture() {
    const json::value document = testing::vector_json("tokenizers.json");
    if (document.is_null()) return;
    const json::value* all = testing::field_of(document, "rows", "tokenizers.json");
    if (all != nullptr) rows = all->as_array();
  }

  void check_ids(const Tokenizer& checked) const {
    for (const json::value& row : rows) {
      const std::string text(row.at("text").as_string());
      if (testing::field_of(row, "smollm2", "tokenizers/\"" + text + "\"") == nullptr) continue;
      BOOST_TEST(checked.encode(text) == ids_of(row.at("smollm2")), "ids of \"" << text << "\"");
      const json::value* other = row.as_object().if_contains("smollm2_specials_as_text");
      BOOST_TEST(checked.encode(text, Specials::AsText) ==
                     ids_of(other != nullptr ? *other : row.at("smollm2")),
                 "ids of \"" << text << "\" as text");
    }
  }

  json::array rows;
  Tokenizer tokenizer = load_tokenizer(testing::smollm2());
};

BOOST_FIXTURE_TEST_SUITE(tokenizer_vectors, Fixture)

BOOST_AUTO_TEST_CASE(all_reference_strings_get_the_reference_ids) { check_ids(tokenizer); }

BOOST_AUTO_TEST_CASE(all_reference_strings_survive_the_round_trip) {
  for (const json::value& row : rows) {
    const std::string text(row.at("text").as_string());
    BOOST_TEST(tokenizer.decode(tokenizer.encode(text)) == text);
    BOOST_TEST(tokenizer.decode(tokenizer.encode(text, Specials::AsText)) == text);
  }
}

BOOST_AUTO_TEST_CASE(the_written_folder_gives_the_same_tokenizer) {
  const testing::ScratchFolder folder;
  save_tokenizer(tokenizer.spec(), folder.path(), 8192);
  const Tokenizer again = load_tokenizer(folder.path());
  check_ids(again);
  BOOST_TEST(again.spec().tokens == tokenizer.spec().tokens);
  BOOST_TEST((merges_of(again) == merges_of(tokenizer)));
  BOOST_TEST(again.spec().chat_template == tokenizer.spec().chat_template);
  BOOST_TEST(again.bos().value() == 1);
  BOOST_TEST(again.eos().value() == 2);
  BOOST_TEST(again.pad().value() == 2);
  BOOST_TEST(again.unk().value() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_known_of_the_vocabulary_holds) {
  BOOST_TEST(tokenizer.vocab_size() == 49152);
  BOOST_TEST(merges_of(tokenizer).size() == 48900u);
  BOOST_TEST(tokenizer.spec().added.size() == 17u);
  BOOST_TEST(tokenizer.spec().prefix.empty());
  BOOST_TEST(tokenizer.encode("<|im_start|>user") == (Ids{1, 4093}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
