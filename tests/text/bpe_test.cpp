#include "text/models/bpe.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "formats/refusal.hpp"
#include "tiny_spec.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;
using testing::bpe_of;
using testing::tiny_spec;

Ids encode(const Bpe& bpe, std::string_view word) {
  std::vector<WordToken> tokens;
  bpe.encode(word, tokens);
  Ids ids;
  for (const WordToken& token : tokens) ids.push_back(token.id);
  return ids;
}

// A model and the spec that it refers to.
struct Model {
  explicit Model(TokenizerSpec given) : spec(std::move(given)) {}
  TokenizerSpec spec;
  Bpe bpe{spec, std::get<BpeSpec>(spec.model)};
};

// The definition: while any adjacent pair has a merge, merge the leftmost pair of the best rank.
Ids plain_bpe(const TokenizerSpec& spec, std::string_view word) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::pair<std::size_t, std::int32_t>> merges;
  const BpeSpec& rules = std::get<BpeSpec>(spec.model);
  for (std::size_t rank = 0; rank < rules.merges.size(); ++rank) {
    const auto [left, right] = rules.merges[rank];
    const std::string joined = spec.token(left) + spec.token(right);
    const auto result = std::find(spec.tokens.begin(), spec.tokens.end(), joined);
    merges[rules.merges[rank]] = {rank, static_cast<std::int32_t>(result - spec.tokens.begin())};
  }
  Ids ids;
  for (const char c : word) ids.push_back(static_cast<unsigned char>(c));
  while (true) {
    std::size_t best = SIZE_MAX, best_rank = SIZE_MAX;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i)
      if (const auto found = merges.find({ids[i], ids[i + 1]});
          found != merges.end() && found->second.first < best_rank) {
        best = i;
        best_rank = found->second.first;
      }
    if (best == SIZE_MAX) return ids;
    ids[best] = merges.at({ids[best], ids[best + 1]}).second;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

BOOST_AUTO_TEST_SUITE(bpe)

BOOST_AUTO_TEST_CASE(merges_apply_best_rank_first_then_leftmost) {
  const Model model(tiny_spec());
  const Bpe& bpe = model.bpe;
  BOOST_TEST(encode(bpe, "") == Ids{});
  BOOST_TEST(encode(bpe, "abc") == (Ids{'a', 258}));  // "bc" has the better rank, so no "abc"
  BOOST_TEST(encode(bpe, "ab") == Ids{256});
  BOOST_TEST(encode(bpe, " ab") == (Ids{' ', 256}));
  BOOST_TEST(encode(bpe, "aaa") == (Ids{260, 'a'}));
}

BOOST_AUTO_TEST_CASE(any_word_gets_what_the_definition_gives) {
  TokenizerSpec spec = tiny_spec();
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return static_cast<std::int32_t>(random() % n); };
  while (bpe_of(spec).merges.size() <
         60) {  // random merges of the letters a-d and of what they make
    const auto part = [&] {
      const std::int32_t choice = below(spec.tokens.size() - 264 + 4);
      return choice < 4 ? 'a' + choice : 264 + choice - 4;
    };
    const std::int32_t left = part(), right = part();
    const std::string joined = spec.token(left) + spec.token(right);
    if (std::find(spec.tokens.begin(), spec.tokens.end(), joined) != spec.tokens.end()) continue;
    spec.tokens.push_back(joined);
    bpe_of(spec).merges.emplace_back(left, right);
  }
  const Model model(spec);
  const Bpe& bpe = model.bpe;
  for (int i = 0; i < 2000; ++i) {
    std::string word;
    for (std::int32_t length = below(40); length > 0; --length)
      word += static_cast<char>('a' + below(4));
    BOOST_REQUIRE(encode(bpe, word) == plain_bpe(spec, word));
  }
}

BOOST_AUTO_TEST_CASE(a_word_of_a_megabyte_is_encoded) {
  const Model model(tiny_spec());
  const Bpe& bpe = model.bpe;
  BOOST_TEST(encode(bpe, std::string(1'000'000, 'a')).size() == 500'000u);
}

BOOST_AUTO_TEST_CASE(a_byte_without_token_vanishes_or_becomes_the_unknown_token) {
  TokenizerSpec spec = tiny_spec();
  spec.tokens['x'] = "unused";
  BOOST_TEST(encode(Model(spec).bpe, "axb") == Ids{256});  // as in Hugging Face: a and b then meet
  bpe_of(spec).unknown = 262;
  BOOST_TEST(encode(Model(spec).bpe, "axb") == (Ids{'a', 262, 'b'}));
}

BOOST_AUTO_TEST_CASE(ignore_merges_takes_a_word_that_is_a_token_whole) {
  TokenizerSpec spec = tiny_spec();
  bpe_of(spec).ignore_merges = true;
  const Model model(spec);
  const Bpe& bpe = model.bpe;
  BOOST_TEST(encode(bpe, "abc") == Ids{257});
  BOOST_TEST(encode(bpe, "<s>") == (Ids{'<', 's', '>'}));  // only in the list of added tokens
  BOOST_TEST(encode(bpe, "<tool>") == Ids{261});           // in the vocabulary too
}

BOOST_AUTO_TEST_CASE(a_merge_without_result_and_equal_tokens_are_refused) {
  TokenizerSpec spec = tiny_spec();
  bpe_of(spec).merges.emplace_back('x', 'y');
  testing::check_refusal([&] { Model{spec}; }, "makes \"xy\", which is no token");
  spec = tiny_spec();
  spec.tokens[258] = "ab";
  testing::check_refusal([&] { Model{spec}; }, "tokens 256 and 258 are both \"ab\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
