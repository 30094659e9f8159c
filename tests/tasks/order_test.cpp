#include "tasks/data/order.hpp"

#include <algorithm>
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

Indices batch_of(EpochBatches& batches, std::uint64_t epoch, std::int64_t index) {
  const auto batch = batches.batch(epoch, index);
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

// The known answers were computed with an independent implementation in another language, whose
// Philox matches the published answers of Random123. Journals and resumed runs depend on them.
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
  const std::uint64_t seed42 = 42, seed43 = 43, wide = (7ull << 32) | 42;
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
      BOOST_TEST(is_permutation_of_all(epoch_order(count, 5, epoch)));
}

BOOST_AUTO_TEST_CASE(all_orders_are_equally_likely) {
  std::map<Indices, int> counts;
  for (std::uint64_t epoch = 0; epoch < 24000; ++epoch) ++counts[epoch_order(4, 9, epoch)];
  BOOST_TEST(counts.size() == 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : counts)
    chi_squared += (count - 1000.0) * (count - 1000.0) / 1000;
  BOOST_TEST(chi_squared < 49.7);  // 23 degrees of freedom: exceeded once in a thousand
}

BOOST_AUTO_TEST_CASE(the_last_batch_of_an_epoch_is_short) {
  EpochBatches batches(10, 4, 42);
  const auto per_element = boost::test_tools::per_element();
  BOOST_TEST(batches.count() == 3);
  BOOST_TEST(batch_of(batches, 0, 0) == (Indices{6, 2, 0, 5}), per_element);
  BOOST_TEST(batch_of(batches, 0, 1) == (Indices{4, 1, 9, 8}), per_element);
  BOOST_TEST(batch_of(batches, 0, 2) == (Indices{3, 7}), per_element);
  BOOST_TEST(batch_of(batches, 1, 0) == (Indices{8, 6, 4, 3}), per_element);
}

BOOST_AUTO_TEST_CASE(a_batch_does_not_depend_on_what_was_asked_before) {
  EpochBatches walked(100, 7, 3), asked(100, 7, 3);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
    for (std::int64_t i = 0; i < walked.count(); ++i) {
      const Indices expected = batch_of(walked, epoch, i);
      batch_of(asked, epoch + 5, 0);
      BOOST_TEST(batch_of(asked, epoch, i) == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(batches_that_come_out_even_leave_no_empty_one) {
  EpochBatches even(8, 4, 0), large(3, 100, 0), none(0, 4, 0);
  BOOST_TEST(even.count() == 2);
  BOOST_TEST(even.batch(0, 1).size() == 4u);
  BOOST_TEST(large.count() == 1);
  BOOST_TEST(large.batch(0, 0).size() == 3u);
  BOOST_TEST(none.count() == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_walked_is_refused) {
  BOOST_TEST(contains(refusal([] { EpochBatches(10, 0, 0); }), "batch size of 0"));
  BOOST_TEST(
      contains(refusal([] { EpochBatches(std::size_t{1} << 32, 1, 0); }), "4294967296 examples"));
}

BOOST_AUTO_TEST_SUITE_END()
