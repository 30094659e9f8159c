#include "tasks/order.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <numeric>
#include <vector>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;
using Indices = std::vector<std::uint32_t>;

namespace {

Indices next_of(BatchWalk& walk) {
  const auto batch = walk.next();
  return {batch.begin(), batch.end()};
}

bool is_permutation_of_all(Indices order) {
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != i) return false;
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(order)

// The known answers were computed with an implementation of its own in another language, whose
// Philox gave the published answers of Random123. Journals and resumed runs depend on them.
BOOST_AUTO_TEST_CASE(the_random_words_have_known_answers) {
  ShuffleStream stream(42, 3);
  for (const std::uint32_t expected :
       {0x1D697363u, 0xB228F328u, 0x7FBEEAC3u, 0x5F920FB5u, 0xB2C5ED20u, 0x113BD842u})
    BOOST_TEST(stream.next() == expected);
}

BOOST_AUTO_TEST_CASE(bounded_draws_reject_what_would_be_biased) {
  ShuffleStream stream(1, 0);  // of the first 12 words, 4 have to be rejected for this bound
  for (const std::uint32_t expected :
       {2415050119u, 660668956u, 2688945840u, 1277780947u, 2061393900u, 2002745713u})
    BOOST_TEST(stream.below(0xC0000000u) == expected);
}

BOOST_AUTO_TEST_CASE(epoch_orders_have_known_answers) {
  const OrderOptions seed42{.seed = 42}, seed43{.seed = 43}, wide{.seed = (7ull << 32) | 42};
  const auto per_element = boost::test_tools::per_element();
  BOOST_TEST(epoch_order(10, seed42, 0) == (Indices{6, 2, 0, 5, 4, 1, 9, 8, 3, 7}), per_element);
  BOOST_TEST(epoch_order(10, seed42, 1) == (Indices{8, 6, 4, 3, 9, 2, 0, 7, 5, 1}), per_element);
  BOOST_TEST(epoch_order(10, seed43, 0) == (Indices{7, 1, 4, 8, 0, 5, 3, 6, 9, 2}), per_element);
  BOOST_TEST(epoch_order(10, wide, 0) == (Indices{4, 7, 1, 3, 9, 0, 8, 6, 2, 5}), per_element);
  const Indices large = epoch_order(10000, seed42, 0);
  BOOST_TEST((Indices(large.begin(), large.begin() + 5)) == (Indices{5531, 3235, 166, 3096, 584}),
             per_element);
}

BOOST_AUTO_TEST_CASE(every_epoch_is_a_permutation) {
  for (const std::size_t count : {1u, 2u, 3u, 7u, 1000u})
    for (std::uint64_t epoch = 0; epoch < 5; ++epoch)
      BOOST_TEST(is_permutation_of_all(epoch_order(count, {.seed = 5}, epoch)));
}

BOOST_AUTO_TEST_CASE(all_orders_are_equally_likely) {
  std::map<Indices, int> counts;
  for (std::uint64_t epoch = 0; epoch < 24000; ++epoch)
    ++counts[epoch_order(4, {.seed = 9}, epoch)];
  BOOST_TEST(counts.size() == 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : counts)
    chi_squared += (count - 1000.0) * (count - 1000.0) / 1000;
  BOOST_TEST(chi_squared < 49.7);  // 23 degrees of freedom: exceeded once in a thousand
}

BOOST_AUTO_TEST_CASE(an_unshuffled_order_is_that_of_the_data) {
  const Indices order = epoch_order(5, {.shuffled = false}, 3);
  BOOST_TEST(order == (Indices{0, 1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_batch_of_an_epoch_is_short) {
  BatchWalk walk(10, {.batch_size = 4, .seed = 42});
  const auto per_element = boost::test_tools::per_element();
  BOOST_TEST(walk.batches_per_epoch() == 3u);
  BOOST_TEST(next_of(walk) == (Indices{6, 2, 0, 5}), per_element);
  BOOST_TEST((walk.cursor() == DataCursor{0, 4}));
  BOOST_TEST(next_of(walk) == (Indices{4, 1, 9, 8}), per_element);
  BOOST_TEST(next_of(walk) == (Indices{3, 7}), per_element);
  BOOST_TEST((walk.cursor() == DataCursor{1, 0}));
  BOOST_TEST(next_of(walk) == (Indices{8, 6, 4, 3}), per_element);
}

BOOST_AUTO_TEST_CASE(batches_that_come_out_even_leave_no_empty_one) {
  BatchWalk walk(8, {.batch_size = 4});
  BOOST_TEST(walk.batches_per_epoch() == 2u);
  BOOST_TEST(walk.next().size() == 4u);
  BOOST_TEST(walk.next().size() == 4u);
  BOOST_TEST((walk.cursor() == DataCursor{1, 0}));
}

BOOST_AUTO_TEST_CASE(a_batch_may_be_larger_than_the_data) {
  BatchWalk walk(3, {.batch_size = 100});
  BOOST_TEST(walk.batches_per_epoch() == 1u);
  BOOST_TEST(walk.next().size() == 3u);
  BOOST_TEST((walk.cursor() == DataCursor{1, 0}));
}

BOOST_AUTO_TEST_CASE(a_walk_resumes_exactly_at_any_cursor) {
  std::vector<std::uint32_t> lengths(23);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    lengths[i] = static_cast<std::uint32_t>(i * 7 % 5);
  for (const std::size_t window : {0u, 2u}) {
    const OrderOptions options{.batch_size = 5, .seed = 11, .length_window = window};
    BatchWalk whole(23, options, {}, lengths);
    for (int batch = 0; batch < 12; ++batch) {
      BatchWalk resumed(23, options, whole.cursor(), lengths);
      BOOST_TEST(next_of(whole) == next_of(resumed), boost::test_tools::per_element());
      BOOST_TEST((whole.cursor() == resumed.cursor()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_length_window_gives_batches_of_like_length) {
  std::vector<std::uint32_t> lengths(1000);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    lengths[i] = static_cast<std::uint32_t>(i * 37 % 101);
  const auto mean_spread = [&](std::size_t window) {
    BatchWalk walk(1000, {.batch_size = 8, .seed = 1, .length_window = window}, {}, lengths);
    double sum = 0;
    for (int i = 0; i < 125; ++i) {
      const Indices batch = next_of(walk);
      const auto [least, greatest] = std::minmax_element(
          batch.begin(), batch.end(), [&](auto a, auto b) { return lengths[a] < lengths[b]; });
      sum += lengths[*greatest] - lengths[*least];
    }
    return sum / 125;
  };
  BOOST_TEST(mean_spread(0) > 60);
  BOOST_TEST(mean_spread(16) < 8);
}

BOOST_AUTO_TEST_CASE(a_length_window_keeps_all_examples_within_it_and_the_short_batch_last) {
  std::vector<std::uint32_t> lengths(50);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = static_cast<std::uint32_t>(50 - i);
  const OrderOptions plain{.batch_size = 4, .seed = 3};
  OrderOptions grouped = plain;
  grouped.length_window = 3;
  const Indices before = epoch_order(50, plain, 0), after = epoch_order(50, grouped, 0, lengths);
  BOOST_TEST(is_permutation_of_all(after));
  for (std::size_t begin = 0; begin < 50; begin += 12) {
    const auto window = [&](const Indices& order) {
      Indices part(order.begin() + static_cast<long>(begin),
                   order.begin() + static_cast<long>(std::min<std::size_t>(begin + 12, 50)));
      std::sort(part.begin(), part.end());
      return part;
    };
    BOOST_TEST(window(before) == window(after), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(batches_of_a_window_do_not_come_by_rising_length) {
  std::vector<std::uint32_t> lengths(80);
  std::iota(lengths.begin(), lengths.end(), 1u);
  const OrderOptions options{.batch_size = 4, .seed = 3, .length_window = 20};
  const Indices order = epoch_order(80, options, 0, lengths);
  Indices firsts;
  for (std::size_t i = 0; i < 80; i += 4) firsts.push_back(order[i]);
  BOOST_TEST(!std::is_sorted(firsts.begin(), firsts.end()));
}

BOOST_AUTO_TEST_CASE(a_window_larger_than_the_data_is_all_of_it) {
  const std::vector<std::uint32_t> lengths = {3, 1, 2};
  for (const std::size_t window : {std::size_t{10}, SIZE_MAX})
    BOOST_TEST(epoch_order(3, {.batch_size = SIZE_MAX, .length_window = window}, 0, lengths) ==
                   (Indices{1, 2, 0}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_walked_is_refused) {
  BOOST_TEST(contains(refusal([] { BatchWalk(0, {}); }), "found 0 examples"));
  BOOST_TEST(contains(refusal([] { BatchWalk(1ull << 32, {}); }), "found 4294967296 examples"));
  BOOST_TEST(contains(refusal([] { BatchWalk(5, {.batch_size = 0}); }), "found a batch size of 0"));
  BOOST_TEST(contains(refusal([] { BatchWalk(5, {}, {0, 5}); }), "Resume with the data"));
  BOOST_TEST(contains(refusal([] {
                        BatchWalk(5, {.length_window = 2}, {}, {1, 2});
                      }),
                      "found 2 lengths of 5 examples"));
  BOOST_TEST(contains(refusal<trainbus::RunError>([] { epoch_order(5, {}, 1ull << 32); }),
                      "beyond 32 bits"));
}

BOOST_AUTO_TEST_SUITE_END()
