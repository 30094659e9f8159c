// A padded batch is equivalent to the packed one.
#include "device/padded_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "models/weights/materialized_weights.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;
using namespace trainbus::device;

namespace {

using Ints = std::vector<std::int64_t>;

Ints numbers(const at::Tensor& x) {
  return {x.const_data_ptr<std::int64_t>(), x.const_data_ptr<std::int64_t>() + x.numel()};
}

PaddedBatch padded(const Batch& batch) {
  const BatchShape shape = shape_of(batch);
  PaddedBatch made(shape, at::empty({PaddedBatch::layout_bytes(shape)}, at::kByte));
  made.fill(batch);
  return made;
}

// "abc" and what continues it by "d" and by "ef", then "gh".
Batch with_prefix() {
  Batch batch;
  batch.tokens = at::tensor(Ints{1, 2, 3, 4, 5, 6, 7, 8});
  batch.offsets = at::tensor(Ints{0, 3, 4, 6, 8});
  batch.prefixes = at::tensor(Ints{-1, 0, 0, -1});
  batch.logit_positions = at::tensor(Ints{2, 4, 7});
  batch.targets = at::tensor(Ints{4, 5, 0});
  batch.token_count = 8;
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_run_has_few_lengths_and_little_padding) {
  std::int64_t lengths = 0, last = 0;
  for (std::int64_t longest = 1; longest <= 2048; ++longest) {
    const std::int64_t length = padded_length(longest);
    BOOST_TEST(length >= longest);
    BOOST_TEST(length - longest <= std::max<std::int64_t>(7, longest / 8));
    lengths += length != std::exchange(last, length);
  }
  BOOST_TEST(lengths < 80);
}

BOOST_AUTO_TEST_CASE(continuations_become_sequences_of_their_own) {
  const Batch batch = padded(with_prefix()).batch();
  BOOST_TEST(numbers(batch.offsets) == (Ints{0, 8, 16, 24, 32}), boost::test_tools::per_element());
  const Ints expected = {1, 2, 3, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0,
                         1, 2, 3, 5, 6, 0, 0, 0, 7, 8, 0, 0, 0, 0, 0, 0};
  BOOST_TEST(numbers(batch.tokens) == expected, boost::test_tools::per_element());
  BOOST_TEST(numbers(batch.lengths) == (Ints{3, 4, 5, 2}), boost::test_tools::per_element());
  BOOST_TEST(numbers(batch.logit_positions) == (Ints{2, 19, 25}), boost::test_tools::per_element());
  BOOST_TEST(numbers(batch.targets) == (Ints{4, 5, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_model_scores_a_padded_batch_as_the_packed_one) {
  const Llama model = testing::tiny_llama();
  const Batch packed = testing::tiny_prompts();
  BOOST_TEST_REQUIRE(packed.prefixes.defined());
  PlainWeights weights(model.parameters());
  const float expected = model.loss(weights, packed).item<float>();
  const float found = model.loss(weights, padded(packed).batch()).item<float>();
  BOOST_TEST(found == expected, boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(batches_of_one_shape_share_their_memory) {
  Batch one = with_prefix(), other = with_prefix();
  other.tokens = other.tokens + 1;
  BOOST_TEST((shape_of(one) == shape_of(other)));
  PaddedBatch place = padded(one);
  place.fill(other);
  BOOST_TEST(numbers(place.batch().tokens)[0] == 2);
  other.logit_positions = other.logit_positions.narrow(0, 0, 2);
  BOOST_TEST((shape_of(one) != shape_of(other)));
}
