#include "tasks/data/split.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace trainbus::tasks;

BOOST_AUTO_TEST_SUITE(split)

// Computed with an independent implementation in another language, whose FNV-1a matches the
// published values for "", "a" and "foobar". A change here moves examples between training and
// test.
BOOST_AUTO_TEST_CASE(the_hash_has_known_answers) {
  BOOST_TEST(split_hash("") == 0xEFD01F60BA992926u);
  BOOST_TEST(split_hash("a") == 0x82A2A958A9BECE5Bu);
  BOOST_TEST(split_hash("foobar") == 0x2C22194922D1672Bu);
  BOOST_TEST(split_hash("aankhen") == 0xCEB3648080183088u);
  BOOST_TEST(split_hash("amélie") == 0xD3704C859A050BD4u);
}

// u of "the matrix" is 0.0385, of "a" 0.5103, of "" 0.9368.
BOOST_AUTO_TEST_CASE(test_takes_the_low_end_and_validation_the_high_end) {
  BOOST_TEST((part_of("the matrix", 0.1, 0.1) == Part::Test));
  BOOST_TEST((part_of("a", 0.1, 0.1) == Part::Train));
  BOOST_TEST((part_of("", 0.1, 0.1) == Part::Validation));
  BOOST_TEST((part_of("the matrix", 0.1, 0.0384) == Part::Train));
  BOOST_TEST((part_of("the matrix", 0.1, 0.0385) == Part::Test));
  BOOST_TEST((part_of("", 0.0632, 0.1) == Part::Train));
  BOOST_TEST((part_of("", 0.0633, 0.1) == Part::Validation));
}

BOOST_AUTO_TEST_CASE(a_fraction_of_zero_takes_nothing) {
  for (int i = 0; i < 1000; ++i) BOOST_TEST((part_of(std::to_string(i), 0, 0) == Part::Train));
}

BOOST_AUTO_TEST_CASE(short_names_fill_the_parts_by_their_fractions) {
  std::array<int, 3> counts{};
  for (int i = 0; i < 10000; ++i)
    ++counts[static_cast<std::size_t>(part_of(std::to_string(i), 0.2, 0.1))];
  BOOST_TEST(counts[0] > 6800);  // 7000 expected, standard deviation 46
  BOOST_TEST(counts[0] < 7200);
  BOOST_TEST(counts[1] > 1830);  // 2000, 40
  BOOST_TEST(counts[1] < 2170);
  BOOST_TEST(counts[2] > 870);  // 1000, 30
  BOOST_TEST(counts[2] < 1130);
}

BOOST_AUTO_TEST_SUITE_END()
