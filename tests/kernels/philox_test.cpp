#include "kernels/philox.hpp"

#include <boost/test/unit_test.hpp>

using namespace trainbus::kernels;

// The known answers that Random123 1.14 publishes for philox4x32-10 (kat_vectors).
static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
              PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

BOOST_AUTO_TEST_CASE(philox_gives_the_published_known_answers_at_run_time_too) {
  volatile std::uint32_t pi[6] = {0x243f6a88, 0x85a308d3, 0x13198a2e,
                                  0x03707344, 0xa4093822, 0x299f31d0};
  const PhiloxCounter answer = philox({pi[0], pi[1], pi[2], pi[3]}, {pi[4], pi[5]});
  const PhiloxCounter expected{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
  BOOST_TEST(answer == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stream_is_the_words_of_its_blocks_in_order) {
  const std::uint64_t seed = 0x0123456789abcdef;
  for (std::uint32_t i = 0; i < 12; ++i)
    BOOST_TEST(philox_word(seed, i, 9) ==
               philox({i / 4, 0, 0xffff, 9}, {0x89abcdef, 0x01234567})[i % 4]);
  BOOST_TEST(philox_word(seed, 4 * (std::uint64_t{1} << 32) + 2, 9) ==
             philox({0, 1, 0xffff, 9}, philox_key(seed))[2]);
}
