// Text that is given out token by token.
#include "generation/text_stream.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/utf8.hpp"
#include "kernels/philox.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

using namespace trainbus;

namespace {

Tokenizer tokenizer_of(const std::string& model) {
  return load_tokenizer(TRAINBUS_TEST_DATA "/vectors/tasks/" + model);
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_piece_of_a_text_is_a_part_of_a_character) {
  for (const char* model : {"gpt2", "llama"}) {
    const Tokenizer tokenizer = tokenizer_of(model);
    for (const std::string text : {"plain words", "naïve café – “quotes”", "日本語のテキスト",
                                   "🙂🙃 and 👩‍👩‍👧‍👦!", "a", "",
                                   " leading and trailing ", "Привет, мир\nnext line"}) {
      TextStream stream(tokenizer);
      std::string whole;
      const auto ids = tokenizer.encode(text);
      for (const std::int32_t id : ids) {
        const std::string piece = stream.add(id);
        BOOST_TEST(is_utf8(piece));
        BOOST_TEST(piece.find("\xEF\xBF\xBD") == std::string::npos, model << ": " << text);
        whole += piece;
      }
      BOOST_TEST(stream.finish() == "");
      BOOST_TEST(whole == tokenizer.decode(ids));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_held_until_text_follows_or_the_end) {
  const Tokenizer tokenizer = tokenizer_of("gpt2");
  const auto euro = tokenizer.encode("€"), letter = tokenizer.encode("a");
  BOOST_TEST_REQUIRE(euro.size() > 1);
  TextStream stream(tokenizer);
  BOOST_TEST(stream.add(euro.front()) == "");
  BOOST_TEST(stream.add(letter.front()) ==
             "\xEF\xBF\xBD"
             "a");
  BOOST_TEST(stream.add(euro.front()) == "");
  BOOST_TEST(stream.finish() == "\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(any_ids_make_text_also_those_without_a_token) {
  for (const char* model : {"gpt2", "llama", "opt"}) {
    const Tokenizer tokenizer = tokenizer_of(model);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      std::vector<std::int32_t> ids;
      std::string whole;
      TextStream stream(tokenizer);
      for (std::size_t i = 0; i < 40; ++i) {
        ids.push_back(static_cast<std::int32_t>(kernels::philox_word(seed, i, 3) % 700) - 5);
        const std::string piece = stream.add(ids.back());
        BOOST_TEST(is_utf8(piece));
        whole += piece;
      }
      whole += stream.finish();
      BOOST_TEST(is_utf8(whole));
      if (model == std::string("gpt2")) BOOST_TEST(whole == generated_text(tokenizer, ids));
    }
  }
}

BOOST_AUTO_TEST_CASE(stop_texts_are_found_across_pieces_and_their_beginnings_are_known) {
  const StopTexts stops({"###", "\n\nQ:", "end"});
  const auto find = [&](std::string_view text, std::size_t from) {
    return static_cast<long>(stops.find(text, from).value_or(std::size_t(-1)));
  };
  BOOST_TEST(find("a###", 0) == 1);
  BOOST_TEST(find("a###", 3) == 1);  // two thirds of it came before
  BOOST_TEST(find("the end ###", 0) == 4);
  BOOST_TEST(find("a##", 0) == -1);
  BOOST_TEST(find("", 0) == -1);
  BOOST_TEST(stops.begun("a##") == 2U);
  BOOST_TEST(stops.begun("a\n\nQ") == 3U);
  BOOST_TEST(stops.begun("a\n") == 1U);
  BOOST_TEST(stops.begun("weeken") == 2U);
  BOOST_TEST(stops.begun("abc") == 0U);
  BOOST_TEST(stops.begun("") == 0U);
  BOOST_TEST(StopTexts({}).begun("abc") == 0U);
}
