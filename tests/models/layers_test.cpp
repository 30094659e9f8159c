// The kernels' loops compared with LibTorch's differentiable operations.
#include "models/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "support/seeded.hpp"

using namespace trainbus;

namespace {

using Ints = std::vector<std::int64_t>;

Batch sequences(const Ints& offsets, const Ints& prefixes = {}) {
  Batch batch;
  batch.offsets = at::tensor(offsets);
  if (!prefixes.empty()) batch.prefixes = at::tensor(prefixes);
  return batch;
}

at::Tensor queries_keys_values(std::int64_t tokens, const layers::Heads& heads,
                               std::uint64_t seed) {
  return testing::seeded({1, tokens, (heads.query + 2 * heads.key_value) * heads.dimension}, seed,
                         2.0);
}

// The same function of the same numbers, once recorded for gradients and once not.
template <class Function>
void compare(const at::Tensor& x, Function&& function, double tolerance = 2e-5) {
  const at::Tensor recorded = function(x.detach().clone().requires_grad_(true)).detach();
  const at::Tensor plain = function(x);
  BOOST_TEST_REQUIRE(recorded.sizes() == plain.sizes());
  BOOST_TEST(recorded.sub(plain).abs().max().item<double>() <=
             tolerance * (1 + recorded.abs().max().item<double>()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(rms_norm_equals_libtorchs) {
  for (std::int64_t width : {1, 7, 16, 33, 576}) {
    const at::Tensor weight = testing::seeded({width}, 1), x = testing::seeded({1, 5, width}, 2);
    compare(x, [&](const at::Tensor& v) { return layers::rms_norm(v, weight, 1e-5); });
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_equals_libtorchs) {
  for (std::int64_t width : {2, 7, 16, 33, 384}) {
    const at::Tensor weight = testing::seeded({width}, 1), bias = testing::seeded({width}, 8);
    compare(testing::seeded({1, 5, width}, 2) + 0.5,
            [&](const at::Tensor& v) { return layers::layer_norm(v, weight, bias, 1e-5); });
  }
}

BOOST_AUTO_TEST_CASE(swiglu_equals_libtorchs) {
  for (std::int64_t width : {1, 15, 16, 17, 1536})
    compare(testing::seeded({1, 3, 2 * width}, 3, 8.0),
            [](const at::Tensor& v) { return layers::swiglu(v); });
}

BOOST_AUTO_TEST_CASE(activations_equal_libtorchs) {
  for (std::int64_t width : {1, 15, 17, 1536}) {
    const at::Tensor x = testing::seeded({1, 13, width}, 3, 6.0);
    compare(x, [](const at::Tensor& v) { return layers::gelu(v.clone()); });
    compare(x, [](const at::Tensor& v) { return layers::gelu_tanh(v.clone()); });
    compare(x, [](const at::Tensor& v) { return layers::relu(v.clone()); });
  }
}

BOOST_AUTO_TEST_CASE(attention_equals_libtorchs_for_grouped_heads_and_sequences_of_any_length) {
  const Batch batch = sequences({0, 1, 3, 20, 36, 100, 165, 300});
  for (const layers::Heads& heads :
       {layers::Heads{9, 3, 64}, {12, 12, 32}, {4, 2, 8}, {4, 1, 24}}) {
    const layers::RotaryTable rotary = layers::make_rotary_table(200, heads.dimension, 10000);
    const at::Tensor qkv = queries_keys_values(300, heads, 4);
    for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional})
      for (const layers::RotaryTable* table : {&rotary, (const layers::RotaryTable*)nullptr})
        compare(qkv, [&](const at::Tensor& v) {
          return layers::attention(v, batch, heads, kind, table);
        });
  }
}

BOOST_AUTO_TEST_CASE(a_packed_sequence_does_not_see_its_neighbours) {
  const layers::Heads heads{3, 1, 16};
  const layers::RotaryTable rotary = layers::make_rotary_table(64, heads.dimension, 10000);
  const at::Tensor qkv = queries_keys_values(30, heads, 5);
  for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional}) {
    const at::Tensor together =
        layers::attention(qkv, sequences({0, 11, 30}), heads, kind, &rotary);
    const at::Tensor alone = layers::attention(qkv.narrow(1, 11, 19).contiguous(),
                                               sequences({0, 19}), heads, kind, &rotary);
    BOOST_TEST(together.narrow(1, 11, 19).equal(alone));
  }
}

BOOST_AUTO_TEST_CASE(a_continuation_is_what_it_would_be_behind_a_copy_of_its_prefix) {
  const layers::Heads heads{3, 1, 16};
  const layers::RotaryTable rotary = layers::make_rotary_table(64, heads.dimension, 10000);
  const at::Tensor qkv = queries_keys_values(30, heads, 6);
  const Batch shared = sequences({0, 5, 16, 23, 26, 30}, {-1, -1, 1, 1, -1});
  const at::Tensor second = at::cat({qkv.narrow(1, 5, 11), qkv.narrow(1, 23, 3)}, 1);
  for (const layers::RotaryTable* table : {&rotary, (const layers::RotaryTable*)nullptr}) {
    const auto attend = [&](const at::Tensor& x, const Batch& batch) {
      return layers::attention(x, batch, heads, layers::Attention::Causal, table);
    };
    compare(qkv, [&](const at::Tensor& v) { return attend(v, shared); });
    const at::Tensor repeated = attend(second, sequences({0, 14}));
    BOOST_TEST(at::allclose(attend(qkv, shared).narrow(1, 23, 3), repeated.narrow(1, 11, 3)));
  }
  BOOST_CHECK_THROW(layers::attention(qkv, shared, heads, layers::Attention::Bidirectional),
                    RunError);
}

BOOST_AUTO_TEST_CASE(a_continuation_anywhere_but_right_behind_its_prefix_is_refused) {
  const layers::Heads heads{2, 1, 8};
  for (const bool recorded : {false, true}) {
    const at::Tensor qkv = queries_keys_values(6, heads, 7).requires_grad_(recorded);
    for (const Ints& prefixes : {Ints{-1, -1, 0}, {-1, 0, 1}, {0, -1, -1}, {-1, 2, -1}})
      BOOST_CHECK_THROW(layers::attention(qkv, sequences({0, 2, 4, 6}, prefixes), heads,
                                          layers::Attention::Causal),
                        RunError);
  }
}

BOOST_AUTO_TEST_CASE(positions_count_on_from_the_prefix) {
  const at::Tensor positions = token_positions(sequences({0, 2, 5, 6, 8, 9}, {-1, -1, 1, 1, -1}));
  BOOST_TEST(positions.equal(at::tensor(Ints{0, 1, 0, 1, 2, 3, 3, 4, 0})));
  BOOST_TEST(token_positions(sequences({0, 2, 3})).equal(at::tensor(Ints{0, 1, 0})));
}

BOOST_AUTO_TEST_CASE(sequences_longer_than_the_rotary_table_are_refused) {
  const layers::Heads heads{2, 1, 8};
  const layers::RotaryTable rotary = layers::make_rotary_table(6, heads.dimension, 10000);
  const Batch batch = sequences({0, 4, 7}, {-1, 0});
  for (const bool recorded : {false, true}) {
    const at::Tensor qkv = queries_keys_values(7, heads, 7).requires_grad_(recorded);
    BOOST_CHECK_THROW(layers::attention(qkv, batch, heads, layers::Attention::Causal, &rotary),
                      RunError);
  }
}

BOOST_AUTO_TEST_CASE(a_rotary_table_that_grew_has_the_numbers_of_one_that_was_made_so) {
  const layers::RotaryTable whole = layers::make_rotary_table(100, 8, 10000);
  const layers::RotaryTable table = layers::make_rotary_table(10, 8, 10000, 100);
  BOOST_TEST(table.cosines.size(0) == 10);
  table.reserve(11);
  BOOST_TEST(table.cosines.size(0) == 20);
  table.reserve(20);
  BOOST_TEST(table.cosines.size(0) == 20);
  table.reserve(1000);  // as many as the limit allows; attention refuses the rest
  BOOST_TEST(table.cosines.equal(whole.cosines));
  BOOST_TEST(table.sines.equal(whole.sines));
}
