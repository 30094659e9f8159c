// The dual linear against the same product of materialised weights, bit for bit, and against sums
// in double precision.
#include "cuda/dual_linear.hpp"

#include <cmath>

#include "cuda/parameters.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

namespace {

using Patterns = std::vector<std::uint16_t>;

boost::test_tools::assertion_result the_device_can(boost::unit_test::test_unit_id id) {
  return a_device_is_there(id) && cuda::has_dual_linear();
}

Patterns patterns(const std::vector<float>& values) {
  Patterns bits(values.size());
  kernels::store(values.data(), {Format::BFloat16, bits.data()},
                 static_cast<std::int64_t>(bits.size()));
  return bits;
}

std::vector<float> values_of(const Patterns& bits) {
  std::vector<float> values(bits.size());
  kernels::load({Format::BFloat16, bits.data()}, values.data(),
                static_cast<std::int64_t>(bits.size()));
  return values;
}

struct Sizes {
  std::int64_t rows, inputs, outputs;
};

std::ostream& operator<<(std::ostream& out, const Sizes& s) {
  return out << s.rows << " rows, " << s.inputs << " -> " << s.outputs;
}

constexpr cuda::Term term{0x13198a2e03707344ull, 11, 1, 0, 1e-3f, 0};

// A layer with its operands on both sides.
struct Layer {
  explicit Layer(const Sizes& s)
      : sizes(s),
        weight(patterns(kernels::testing::numbers(s.outputs * s.inputs, 1, 0.05f))),
        x{patterns(kernels::testing::numbers(s.rows * s.inputs, 2)),
          patterns(kernels::testing::numbers(s.rows * s.inputs, 3))},
        residual{patterns(kernels::testing::numbers(s.rows * s.outputs, 4)),
                 patterns(kernels::testing::numbers(s.rows * s.outputs, 5))},
        bias{kernels::testing::numbers(s.outputs, 6), kernels::testing::numbers(s.outputs, 7)},
        device_weight(weight),
        device_x{DeviceVector(x[0]), DeviceVector(x[1])},
        device_residual{DeviceVector(residual[0]), DeviceVector(residual[1])},
        device_bias{DeviceVector(bias[0]), DeviceVector(bias[1])} {}

  cuda::DualLinear plain() const {
    cuda::DualLinear layer{};
    layer.rows = sizes.rows;
    layer.inputs = sizes.inputs;
    layer.outputs = sizes.outputs;
    layer.tensor = 17;
    layer.weight = device_weight.data();
    layer.x_plus = device_x[0].data();
    layer.x_minus = device_x[1].data();
    return layer;
  }
  cuda::DualLinear whole(cuda::Activation activation) const {
    cuda::DualLinear layer = plain();
    layer.bias_plus = device_bias[0].data();
    layer.bias_minus = device_bias[1].data();
    layer.residual_plus = device_residual[0].data();
    layer.residual_minus = device_residual[1].data();
    layer.activation = activation;
    return layer;
  }

  Sizes sizes;
  Patterns weight, x[2], residual[2];
  std::vector<float> bias[2];
  DeviceVector<std::uint16_t> device_weight, device_x[2], device_residual[2];
  DeviceVector<float> device_bias[2];
};

struct Sides {
  Patterns plus, minus;
};

Sides run(cuda::DualLinear layer, const cuda::Term& with) {
  const auto count = static_cast<std::size_t>(layer.rows * layer.outputs);
  const Patterns poison(count + 64, 0xffff);  // a NaN that no product makes
  const DeviceVector<std::uint16_t> plus(poison), minus(poison);
  const DeviceVector<cuda::Term> terms({with});
  const DeviceVector<std::uint8_t> workspace(cuda::dual_linear_workspace(layer));
  layer.term = terms.data();
  layer.y_plus = plus.data();
  layer.y_minus = minus.data();
  succeed(cuda::dual_linear(layer, workspace.data(), nullptr));
  succeed(cudaDeviceSynchronize());
  Sides sides{plus.read(), minus.read()};
  for (Patterns* side : {&sides.plus, &sides.minus}) {
    BOOST_TEST(
        std::count(side->begin(), side->begin() + static_cast<std::ptrdiff_t>(count), 0xffff) == 0);
    BOOST_TEST(
        std::count(side->begin() + static_cast<std::ptrdiff_t>(count), side->end(), 0xffff) == 64);
    side->resize(count);
  }
  return sides;
}

// W ± εS as `perturb` writes it for an ε that bfloat16 holds.
DeviceVector<std::uint16_t> materialised(const Layer& layer, float side) {
  DeviceVector<std::uint16_t> out(layer.weight.size());
  cuda::Tensor tensor{17, layer.sizes.outputs, layer.sizes.inputs, Format::BFloat16,
                      layer.device_weight.data()};
  tensor.out = out.data();
  tensor.out_format = Format::BFloat16;
  cuda::Table table = cuda::lay_out({tensor});
  const DeviceVector<cuda::TableEntry> entries(table.host_entries);
  table.entries = entries.data();
  cuda::Term rounded = term;
  rounded.coefficient =
      kernels::testing::bfloat16_value(kernels::testing::bfloat16_of(term.coefficient));
  const DeviceVector<cuda::Term> terms({rounded});
  succeed(cuda::perturb(table, cuda::Distribution::Rademacher, terms.data(), side, nullptr));
  succeed(cudaDeviceSynchronize());
  return out;
}

Sides run_materialised(const Layer& layer, cuda::DualLinear call) {
  cuda::Term nothing = term;
  nothing.coefficient = 0;
  const auto plus = materialised(layer, 1), minus = materialised(layer, -1);
  call.weight = plus.data();
  Sides sides = run(call, nothing);
  call.weight = minus.data();
  sides.minus = run(call, nothing).minus;
  return sides;
}

double activated(double x, cuda::Activation activation) {
  switch (activation) {
    case cuda::Activation::None:
      return x;
    case cuda::Activation::Relu:
      return std::max(x, 0.0);
    case cuda::Activation::Gelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2));
    case cuda::Activation::GeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  }
  return x;
}

// The largest distance from Y in double precision, as a part of the largest |Y|.
double distance(const Layer& layer, const Sides& y, bool whole, cuda::Activation activation) {
  const Sizes& s = layer.sizes;
  double worst = 0, largest = 0;
  for (int side = 0; side < 2; ++side) {
    const std::vector<float> x = values_of(layer.x[side]), got = values_of(side ? y.minus : y.plus),
                             w = values_of(materialised(layer, side ? -1.0f : 1.0f).read()),
                             r = values_of(layer.residual[side]);
    for (std::int64_t m = 0; m < s.rows; ++m)
      for (std::int64_t n = 0; n < s.outputs; ++n) {
        double sum = whole ? layer.bias[side][static_cast<std::size_t>(n)] : 0;
        for (std::int64_t k = 0; k < s.inputs; ++k)
          sum += double{x[static_cast<std::size_t>(m * s.inputs + k)]} *
                 w[static_cast<std::size_t>(n * s.inputs + k)];
        const auto at = static_cast<std::size_t>(m * s.outputs + n);
        const double expected = activated(sum, activation) + (whole ? r[at] : 0);
        worst = std::max(worst, std::abs(expected - got[at]));
        largest = std::max(largest, std::abs(expected));
      }
  }
  return worst / largest;
}

const Sizes small[] = {{1, 8, 8},       {3, 40, 24},    {5, 256, 128},   {64, 64, 72},
                       {130, 320, 264}, {200, 72, 136}, {31, 1000, 520}, {128, 576, 192}};
const Sizes large[] = {{512, 768, 768},  {300, 3072, 768},  {512, 2048, 2048},
                       {17, 8192, 2048}, {640, 1000, 5000}, {512, 5120, 5120}};

}  // namespace

BOOST_AUTO_TEST_CASE(both_sides_have_the_bits_of_materialised_weights,
                     *precondition(the_device_can)) {
  for (const auto* sizes : {&small[0], &large[0]})
    for (const Sizes& s : sizes == small ? std::vector<Sizes>(std::begin(small), std::end(small))
                                         : std::vector<Sizes>(std::begin(large), std::end(large))) {
      const Layer layer(s);
      const Sides dual = run(layer.plain(), term), apart = run_materialised(layer, layer.plain());
      BOOST_TEST((dual.plus == apart.plus), s);
      BOOST_TEST((dual.minus == apart.minus), s);
      BOOST_TEST((dual.plus != dual.minus), s);
    }
}

BOOST_AUTO_TEST_CASE(the_product_is_right_at_every_edge, *precondition(the_device_can)) {
  for (const Sizes& s : small) {
    const Layer layer(s);
    BOOST_TEST(distance(layer, run(layer.plain(), term), false, cuda::Activation::None) < 0.004, s);
  }
}

BOOST_AUTO_TEST_CASE(bias_activation_and_residual_follow_the_sum, *precondition(the_device_can)) {
  for (const Sizes& s : {Sizes{130, 320, 264}, Sizes{31, 1000, 520}}) {
    const Layer layer(s);
    for (const auto activation : {cuda::Activation::None, cuda::Activation::Relu,
                                  cuda::Activation::Gelu, cuda::Activation::GeluTanh}) {
      const cuda::DualLinear whole = layer.whole(activation);
      const Sides dual = run(whole, term), apart = run_materialised(layer, whole);
      BOOST_TEST((dual.plus == apart.plus), s);
      BOOST_TEST((dual.minus == apart.minus), s);
      BOOST_TEST(distance(layer, dual, true, activation) < 0.008, s);
    }
  }
}

BOOST_AUTO_TEST_CASE(layers_fill_the_columns_of_one_result, *precondition(the_device_can)) {
  const Sizes s{130, 320, 264};
  const Layer layer(s);
  const Sides alone = run(layer.plain(), term);
  constexpr std::int64_t before = 16, stride = 264 + 40;
  const Patterns poison(static_cast<std::size_t>(s.rows * stride), 0xffff);
  const DeviceVector<std::uint16_t> plus(poison), minus(poison);
  const DeviceVector<cuda::Term> terms({term});
  cuda::DualLinear wide = layer.plain();
  wide.term = terms.data();
  wide.y_plus = plus.data() + before;
  wide.y_minus = minus.data() + before;
  wide.y_stride = stride;
  const DeviceVector<std::uint8_t> workspace(cuda::dual_linear_workspace(wide));
  succeed(cuda::dual_linear(wide, workspace.data(), nullptr));
  succeed(cudaDeviceSynchronize());
  for (const auto& [found, expected] :
       {std::pair{plus.read(), alone.plus}, std::pair{minus.read(), alone.minus}})
    for (std::int64_t row = 0; row < s.rows; ++row)
      for (std::int64_t column = 0; column < stride; ++column) {
        const std::int64_t output = column - before;
        const bool is_written = output >= 0 && output < s.outputs;
        const auto at = static_cast<std::size_t>(row * stride + column);
        const auto there = static_cast<std::size_t>(row * s.outputs + output);
        BOOST_TEST_REQUIRE(found[at] == (is_written ? expected[there] : 0xffff));
      }
}

BOOST_AUTO_TEST_CASE(what_it_cannot_compute_is_refused, *precondition(the_device_can)) {
  const Layer layer({5, 256, 128});
  cuda::DualLinear odd = layer.plain();
  odd.inputs = 255;
  BOOST_TEST(cuda::dual_linear(odd, nullptr, nullptr) == cudaErrorInvalidValue);
  odd = layer.plain();
  odd.weight = static_cast<const char*>(odd.weight) + 2;
  BOOST_TEST(cuda::dual_linear(odd, nullptr, nullptr) == cudaErrorInvalidValue);
}
