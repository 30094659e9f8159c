// The ids and the decoded text of MiniLM's tokenizer, as Hugging Face's tokenizers give them.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/io/json.hpp"
#include "formats/mapped_file.hpp"
#include "support/minilm.hpp"
#include "support/test_paths.hpp"
#include "text/tokenizer_folder.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using Ids = std::vector<std::int32_t>;

Ids ids_of(const json::value& value) {
  Ids ids;
  for (const json::value& id : value.as_array()) ids.push_back(id.to_number<std::int32_t>());
  return ids;
}

json::value read(const char* name) {
  const MappedFile file(testing::vectors() / name);
  return parse_json(file.text(), file.path().string());
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
    for (const json::value& row : document.at("rows").as_array()) {
      const std::string text(row.at("text").as_string());
      const Ids ids = checked.encode_whole(text);
      BOOST_TEST(ids == ids_of(row.at("minilm")), "ids of \"" << text << "\"");
      BOOST_TEST(decoded(checked, ids) == std::string(row.at("minilm_decoded").as_string()));
    }
    BOOST_TEST(!document.at("rows").as_array().empty());
  }

  json::value document = read("tokenizers.json");
  Tokenizer tokenizer = load_tokenizer(testing::minilm());
};

BOOST_FIXTURE_TEST_SUITE(minilm_vectors, Fixture)

BOOST_AUTO_TEST_CASE(all_reference_strings_get_the_reference_ids_and_text) { check_all(tokenizer); }

BOOST_AUTO_TEST_CASE(the_reference_sentences_get_the_reference_ids) {
  const json::value sentences = read("minilm.json");
  BOOST_TEST(!sentences.at("sentences").as_array().empty());
  for (const json::value& row : sentences.at("sentences").as_array())
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
