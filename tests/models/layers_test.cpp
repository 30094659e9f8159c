// The own vector loops against LibTorch's differentiable operations.
#include "models/layers.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>

#include "support/seeded.hpp"

using namespace trainbus;

namespace {

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
    const at::Tensor gain = testing::seeded({width}, 1), x = testing::seeded({1, 5, width}, 2);
    compare(x, [&](const at::Tensor& v) { return layers::rms_norm(v, gain, 1e-5); });
  }
}

BOOST_AUTO_TEST_CASE(swiglu_equals_libtorchs) {
  for (std::int64_t width : {1, 15, 16, 17, 1536})
    compare(testing::seeded({1, 3, 2 * width}, 3, 8.0),
            [](const at::Tensor& v) { return layers::swiglu(v); });
}

BOOST_AUTO_TEST_CASE(attention_equals_libtorchs_for_grouped_heads_and_sequences_of_any_length) {
  for (const layers::Heads& heads : {layers::Heads{9, 3, 64}, {4, 2, 8}, {2, 2, 4}, {4, 1, 24}}) {
    const layers::RotaryTable rotary = layers::make_rotary_table(200, heads.dimension, 10000);
    const at::Tensor offsets =
        at::tensor(std::vector<std::int64_t>{0, 1, 3, 20, 36, 100, 165, 300});
    const at::Tensor qkv =
        testing::seeded({1, 300, (heads.query + 2 * heads.key_value) * heads.dimension}, 4, 2.0);
    compare(qkv, [&](const at::Tensor& v) { return layers::attention(v, offsets, heads, rotary); });
  }
}

BOOST_AUTO_TEST_CASE(a_packed_sequence_does_not_see_its_neighbours) {
  const layers::Heads heads{3, 1, 16};
  const layers::RotaryTable rotary = layers::make_rotary_table(64, heads.dimension, 10000);
  const at::Tensor qkv = testing::seeded({1, 30, 5 * 16}, 5);
  const at::Tensor together =
      layers::attention(qkv, at::tensor(std::vector<std::int64_t>{0, 11, 30}), heads, rotary);
  const at::Tensor alone =
      layers::attention(qkv.narrow(1, 11, 19).contiguous(),
                        at::tensor(std::vector<std::int64_t>{0, 19}), heads, rotary);
  BOOST_TEST(together.narrow(1, 11, 19).equal(alone));
}
