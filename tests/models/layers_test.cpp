// The kernels' loops compared with LibTorch's differentiable operations.
#include "models/layers/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "models/layers/layers.hpp"
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

// Angles of plain frequencies for texts of up to so many tokens.
layers::RotaryTable rotary_table(std::int64_t positions, std::int64_t head_dim) {
  return {Rope{.theta = 10000}, head_dim, positions};
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
    const layers::RotaryTable rotary = rotary_table(200, heads.dimension);
    const at::Tensor qkv = queries_keys_values(300, heads, 4);
    for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional})
      for (const layers::RotaryTable* table : {&rotary, (const layers::RotaryTable*)nullptr})
        compare(qkv, [&](const at::Tensor& v) {
          return layers::attention(v, batch, {.heads = heads, .kind = kind, .rotary = table});
        });
  }
}

BOOST_AUTO_TEST_CASE(a_packed_sequence_does_not_see_its_neighbours) {
  const layers::Heads heads{3, 1, 16};
  const layers::RotaryTable rotary = rotary_table(64, heads.dimension);
  const at::Tensor qkv = queries_keys_values(30, heads, 5);
  for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional}) {
    const layers::AttentionOp op{.heads = heads, .kind = kind, .rotary = &rotary};
    const at::Tensor together = layers::attention(qkv, sequences({0, 11, 30}), op);
    const at::Tensor alone =
        layers::attention(qkv.narrow(1, 11, 19).contiguous(), sequences({0, 19}), op);
    BOOST_TEST(together.narrow(1, 11, 19).equal(alone));
  }
}

BOOST_AUTO_TEST_CASE(a_continuation_is_what_it_would_be_behind_a_copy_of_its_prefix) {
  const layers::Heads heads{3, 1, 16};
  const layers::RotaryTable rotary = rotary_table(64, heads.dimension);
  const at::Tensor qkv = queries_keys_values(30, heads, 6);
  const Batch shared = sequences({0, 5, 16, 23, 26, 30}, {-1, -1, 1, 1, -1});
  const at::Tensor second = at::cat({qkv.narrow(1, 5, 11), qkv.narrow(1, 23, 3)}, 1);
  for (const layers::RotaryTable* table : {&rotary, (const layers::RotaryTable*)nullptr}) {
    const auto attend = [&](const at::Tensor& x, const Batch& batch) {
      return layers::attention(x, batch, {.heads = heads, .rotary = table});
    };
    compare(qkv, [&](const at::Tensor& v) { return attend(v, shared); });
    const at::Tensor repeated = attend(second, sequences({0, 14}));
    BOOST_TEST(at::allclose(attend(qkv, shared).narrow(1, 23, 3), repeated.narrow(1, 11, 3)));
  }
  BOOST_CHECK_THROW(
      layers::attention(qkv, shared, {.heads = heads, .kind = layers::Attention::Bidirectional}),
      RunError);
}

BOOST_AUTO_TEST_CASE(a_continuation_anywhere_but_right_behind_its_prefix_is_refused) {
  const layers::Heads heads{2, 1, 8};
  for (const bool recorded : {false, true}) {
    const at::Tensor qkv = queries_keys_values(6, heads, 7).requires_grad_(recorded);
    for (const Ints& prefixes : {Ints{-1, -1, 0}, {-1, 0, 1}, {0, -1, -1}, {-1, 2, -1}})
      BOOST_CHECK_THROW(layers::attention(qkv, sequences({0, 2, 4, 6}, prefixes), {.heads = heads}),
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
  const layers::RotaryTable rotary = rotary_table(6, heads.dimension);
  const Batch batch = sequences({0, 4, 7}, {-1, 0});
  for (const bool recorded : {false, true}) {
    const at::Tensor qkv = queries_keys_values(7, heads, 7).requires_grad_(recorded);
    BOOST_CHECK_THROW(layers::attention(qkv, batch, {.heads = heads, .rotary = &rotary}), RunError);
  }
}

BOOST_AUTO_TEST_CASE(windows_scales_and_soft_caps_equal_libtorchs) {
  const layers::Heads heads{4, 2, 24};
  const layers::RotaryTable rotary(Rope{.theta = 10000, .partial = 0.5}, heads.dimension, 300);
  const at::Tensor qkv = queries_keys_values(300, heads, 4);
  for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional})
    for (const std::int64_t window : {0, 1, 5, 64, 70})
      for (const double softcap : {0.0, 1.5})
        compare(qkv, [&](const at::Tensor& v) {
          return layers::attention(v, sequences({0, 1, 30, 100, 300}),
                                   {.heads = heads,
                                    .kind = kind,
                                    .rotary = &rotary,
                                    .window = window,
                                    .scale = 0.3,
                                    .softcap = softcap});
        });
  for (const std::int64_t window : {1, 4, 20})  // with prefixes
    compare(qkv, [&](const at::Tensor& v) {
      return layers::attention(v, sequences({0, 20, 90, 95, 300}, {-1, 0, 0, -1}),
                               {.heads = heads, .rotary = &rotary, .window = window});
    });
}

// A batch of sequences padded to one length, as devices take them.
BOOST_AUTO_TEST_CASE(padded_sequences_give_what_packed_ones_do) {
  const layers::Heads heads{4, 2, 16};
  const layers::RotaryTable rotary(Rope{.theta = 10000, .partial = 0.5}, heads.dimension, 40);
  const Ints lengths = {40, 3, 25};
  const at::Tensor padded = queries_keys_values(120, heads, 9);
  std::vector<at::Tensor> texts;
  for (std::int64_t b = 0; b < 3; ++b) texts.push_back(padded.narrow(1, 40 * b, lengths[b]));
  Batch batch = sequences({0, 40, 80, 120});
  batch.lengths = at::tensor(lengths);
  for (const auto kind : {layers::Attention::Causal, layers::Attention::Bidirectional})
    for (const std::int64_t window : {0, 6})
      for (const double softcap : {0.0, 2.0}) {
        const layers::AttentionOp op{
            .heads = heads, .kind = kind, .rotary = &rotary, .window = window, .softcap = softcap};
        const at::Tensor packed =
            layers::attention(at::cat(texts, 1), sequences({0, 40, 43, 68}), op);
        const at::Tensor there = layers::attention(padded, batch, op);
        std::vector<at::Tensor> found;
        for (std::int64_t b = 0; b < 3; ++b) found.push_back(there.narrow(1, 40 * b, lengths[b]));
        BOOST_TEST(at::allclose(at::cat(found, 1), packed, 1e-4, 1e-5));
        BOOST_TEST(!there.isnan().any().item<bool>());
      }
}

BOOST_AUTO_TEST_CASE(gates_equal_libtorchs) {
  for (const auto activation : {Activation::Silu, Activation::Gelu, Activation::GeluTanh})
    compare(testing::seeded({1, 3, 66}, 3, 4.0),
            [&](const at::Tensor& v) { return layers::gated(activation, v); });
  BOOST_CHECK_THROW(layers::gated(Activation::Relu, testing::seeded({1, 3, 66}, 3)), RunError);
}

BOOST_AUTO_TEST_CASE(soft_caps_and_silu_equal_libtorchs) {
  const at::Tensor x = testing::seeded({1, 13, 33}, 3, 6.0);
  compare(x, [](const at::Tensor& v) { return layers::softcap(v.clone(), 3); });
  compare(x, [](const at::Tensor& v) { return layers::softcap(v.clone(), 0); });
  compare(x, [](const at::Tensor& v) { return layers::silu(v.clone()); });
}

BOOST_AUTO_TEST_CASE(a_rotary_table_grows_as_texts_do_and_no_further_than_the_model) {
  const layers::RotaryTable table = rotary_table(10'000, 8), whole = rotary_table(10'000, 8);
  const std::int64_t before = table.positions();
  BOOST_TEST(before < 10'000);
  table.reserve(before);
  BOOST_TEST(table.positions() == before);
  table.reserve(before + 1);
  BOOST_TEST(table.positions() == 2 * before);
  whole.reserve(20'000);
  BOOST_TEST(whole.positions() == 10'000);
  BOOST_TEST(table.cosines().equal(whole.cosines().narrow(0, 0, 2 * before)));
  BOOST_TEST(table.sines().equal(whole.sines().narrow(0, 0, 2 * before)));
}

BOOST_AUTO_TEST_CASE(long_texts_have_other_divisors_whatever_is_beside_them) {
  const layers::Heads heads{2, 1, 8};
  Rope rope{.theta = 10000, .kind = RopeKind::LongRope, .original_positions = 10};
  rope.attention_factor = 1.2;
  rope.short_factors = {1, 1.5, 2, 3};
  rope.long_factors = {2, 3.5, 5, 9};
  const layers::RotaryTable rotary(rope, heads.dimension, 100);
  const at::Tensor qkv = queries_keys_values(60, heads, 5);
  const layers::AttentionOp op{.heads = heads, .rotary = &rotary};
  const Ints offsets = {0, 8, 20, 21, 51, 60};
  const auto both = [&](const at::Tensor& v) {
    return layers::attention(v, sequences(offsets), op);
  };
  compare(qkv, both);
  const at::Tensor together = both(qkv);
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    const layers::RotaryTable fresh(rope, heads.dimension, 100);
    const at::Tensor alone =
        layers::attention(qkv.narrow(1, offsets[b], length).contiguous(), sequences({0, length}),
                          {.heads = heads, .rotary = &fresh});
    BOOST_TEST(together.narrow(1, offsets[b], length).equal(alone));
  }
}

// Beyond the model's positions each text has a table of its own, whatever is beside it in a batch.
BOOST_AUTO_TEST_CASE(dynamic_scaling_depends_on_the_text_alone) {
  const layers::Heads heads{2, 1, 8};
  const layers::RotaryTable rotary(Rope{.theta = 10000, .kind = RopeKind::Dynamic, .factor = 2},
                                   heads.dimension, 10);
  BOOST_TEST(&rotary.for_length(10) == &rotary);
  BOOST_TEST(!rotary.for_length(12).sines().narrow(0, 0, 10).equal(rotary.sines()));
  const at::Tensor qkv = queries_keys_values(60, heads, 5);
  const layers::AttentionOp op{.heads = heads, .rotary = &rotary};
  const Ints offsets = {0, 8, 20, 45, 57, 60};
  const auto both = [&](const at::Tensor& v) {
    return layers::attention(v, sequences(offsets), op);
  };
  compare(qkv, both);
  const at::Tensor together = both(qkv);
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    const at::Tensor alone = layers::attention(qkv.narrow(1, offsets[b], length).contiguous(),
                                               sequences({0, length}), op);
    BOOST_TEST(together.narrow(1, offsets[b], length).equal(alone));
  }
  const Batch shared = sequences({0, 9, 12, 13, 60}, {-1, 0, 0, -1});
  compare(qkv, [&](const at::Tensor& v) { return layers::attention(v, shared, op); });
  Batch padded = sequences({0, 20, 40, 60});
  padded.lengths = at::tensor(Ints{20, 3, 11});
  BOOST_CHECK_THROW(layers::attention(qkv, padded, op), RunError);
}
