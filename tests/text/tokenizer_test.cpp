#include "text/tokenizer.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "formats/refusal.hpp"
#include "tiny_spec.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::check_refusal;
using testing::tiny_spec;

BOOST_AUTO_TEST_SUITE(tokenizer)

BOOST_AUTO_TEST_CASE(special_tokens_are_recognised_or_text_as_asked) {
  const Tokenizer tokenizer(tiny_spec());
  BOOST_TEST(tokenizer.encode("<s>ab</s>") == (Ids{262, 256, 263}));
  BOOST_TEST(tokenizer.encode("<s>", Specials::AsText) == (Ids{'<', 's', '>'}));
  // A user's token is not special: it is recognised either way.
  BOOST_TEST(tokenizer.encode("<tool>", Specials::AsText) == Ids{261});
  BOOST_TEST(tokenizer.encode("<s") == (Ids{'<', 's'}));
  BOOST_TEST(tokenizer.encode("") == Ids{});
}

BOOST_AUTO_TEST_CASE(of_two_added_tokens_the_longer_is_taken) {
  TokenizerSpec spec = tiny_spec();
  spec.tokens.push_back("<s><s>");
  spec.added.push_back({.id = 264, .special = true});
  const Tokenizer tokenizer(spec);
  BOOST_TEST(tokenizer.encode("<s><s><s>") == (Ids{264, 262}));
}

BOOST_AUTO_TEST_CASE(added_tokens_take_white_space_where_they_say_so) {
  TokenizerSpec spec = tiny_spec();
  spec.added[0].strip_left = true;
  spec.added[1].strip_right = true;
  const Tokenizer tokenizer(spec);
  BOOST_TEST(tokenizer.encode("b \n<s> b") == (Ids{'b', 262, ' ', 'b'}));
  BOOST_TEST(tokenizer.encode("b </s> \nb") == (Ids{'b', ' ', 263, 'b'}));
}

BOOST_AUTO_TEST_CASE(normalisation_comes_before_the_words_and_not_into_special_tokens) {
  TokenizerSpec spec = tiny_spec();
  spec.normalizers = {normalize::Unicode{}};
  const Tokenizer tokenizer(spec);
  BOOST_TEST(tokenizer.encode("e\xCC\x81<s>") == (Ids{0xC3, 0xA9, 262}));
}

BOOST_AUTO_TEST_CASE(any_bytes_are_encoded_and_decode_to_valid_text) {
  const Tokenizer tokenizer(tiny_spec());
  BOOST_TEST(tokenizer.decode(tokenizer.encode("a\xFF"
                                               "b")) ==
             "a\xEF\xBF\xBD"
             "b");
  BOOST_TEST(tokenizer.decode(Ids{0xE2, 0x82}) == "\xEF\xBF\xBD");
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (unsigned length = random() % 30; length > 0; --length) text += static_cast<char>(random());
    const std::string once = tokenizer.decode(tokenizer.encode(text));
    BOOST_TEST(tokenizer.decode(tokenizer.encode(once)) == once);
  }
}

BOOST_AUTO_TEST_CASE(ids_that_are_no_tokens_are_refused) {
  const Tokenizer tokenizer(tiny_spec());
  BOOST_TEST(tokenizer.vocab_size() == 264);
  check_refusal([&] { tokenizer.decode(Ids{264}); }, "the id 264 is no token's, expected 0 to 263");
  check_refusal([&] { tokenizer.decode(Ids{-1}); }, "the id -1");
}

BOOST_AUTO_TEST_CASE(a_spec_whose_parts_do_not_fit_is_refused) {
  const auto refuses = [](auto change, std::string_view expected) {
    TokenizerSpec spec = tiny_spec();
    change(spec);
    check_refusal([&] { Tokenizer{spec}; }, expected);
  };
  refuses([](TokenizerSpec& spec) { testing::bpe_of(spec).merges.emplace_back('a', 264); },
          "has the id 264");
  refuses([](TokenizerSpec& spec) { testing::bpe_of(spec).merges.emplace_back(-1, 'a'); },
          "has the id -1");
  refuses([](TokenizerSpec& spec) { spec.added[0].id = 999; }, "an added token has the id 999");
  refuses([](TokenizerSpec& spec) { spec.eos = 264; }, "a special token has the id 264");
  refuses([](TokenizerSpec& spec) { spec.prefix = {264}; }, "prefix has the id 264");
}

BOOST_AUTO_TEST_CASE(threads_that_share_a_tokenizer_get_the_same_ids) {
  const Tokenizer tokenizer(tiny_spec());
  const std::string text = "abc ab aaaa a bc <s> cab";
  const Ids expected = tokenizer.encode(text);
  std::vector<Ids> results(4);
  std::vector<std::thread> threads;
  for (Ids& result : results)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) result = tokenizer.encode(text);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Ids& result : results) BOOST_TEST(result == expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
