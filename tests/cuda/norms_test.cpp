// The GPU's norms against double precision.
#include "cuda/norms.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>

#include "cuda/device.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

namespace {

struct Case {
  std::int64_t sides, rows, width;
  bool centred;
};
constexpr Case cases[] = {{1, 1, 1, false},   {2, 3, 7, true},     {2, 5, 256, false},
                          {1, 4, 257, true},  {2, 3, 768, true},   {2, 2, 5120, true},
                          {1, 2, 576, false}, {2, 1, 2048, false}, {1, 3, 31, true}};
constexpr double eps = 1e-5;

std::vector<float> numbers(std::int64_t count, std::uint32_t seed) {
  return kernels::testing::numbers(count, static_cast<std::uint16_t>(seed), 1.5f);
}

template <class T>
cuda::Element element();
template <>
cuda::Element element<float>() {
  return cuda::Element::Float32;
}
template <>
cuda::Element element<__nv_bfloat16>() {
  return cuda::Element::BFloat16;
}
template <>
cuda::Element element<__half>() {
  return cuda::Element::Float16;
}

// y of one row.
std::vector<double> expected(const float* x, const float* weight, const float* bias,
                             std::int64_t width) {
  double mean = 0, squares = 0;
  if (bias)
    for (std::int64_t i = 0; i < width; ++i) mean += x[i] / static_cast<double>(width);
  for (std::int64_t i = 0; i < width; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + eps);
  std::vector<double> y;
  for (std::int64_t i = 0; i < width; ++i)
    y.push_back((x[i] - mean) * scale * weight[i] + (bias ? bias[i] : 0));
  return y;
}

template <class T>
void compare(const Case& c, double tolerance) {
  const std::int64_t all = c.sides * c.rows * c.width, vectors = c.sides * c.width;
  std::vector<T> stored;
  std::vector<float> x;
  for (const float number : numbers(all, 3)) {
    stored.push_back(static_cast<T>(number));
    x.push_back(static_cast<float>(stored.back()));
  }
  const std::vector<float> weight = numbers(vectors, 4), bias = numbers(vectors, 5);
  const DeviceVector<T> from(stored), to(stored.size());
  const DeviceVector<float> device_weight(weight), device_bias(bias);
  const cuda::Norm norm{element<T>(),
                        from.data(),
                        to.data(),
                        device_weight.data(),
                        c.centred ? device_bias.data() : nullptr,
                        c.sides,
                        c.rows,
                        c.width,
                        static_cast<float>(eps)};
  succeed(cuda::normalize(norm, nullptr));
  succeed(cudaDeviceSynchronize());
  const std::vector<T> found = to.read();
  for (std::int64_t row = 0; row < c.sides * c.rows; ++row) {
    const std::int64_t of_side = row / c.rows * c.width;
    const std::vector<double> y = expected(x.data() + row * c.width, weight.data() + of_side,
                                           c.centred ? bias.data() + of_side : nullptr, c.width);
    for (std::int64_t i = 0; i < c.width; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double value = static_cast<float>(found[static_cast<std::size_t>(row * c.width + i)]);
      BOOST_REQUIRE_SMALL(value - y[at], tolerance * (1 + std::abs(y[at])));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(norms_are_right_for_every_width_and_type, *precondition(a_device_is_there)) {
  for (const Case& c : cases) {
    compare<float>(c, 1e-5);
    compare<__nv_bfloat16>(c, 5e-3);
    compare<__half>(c, 6e-4);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_done_for_no_rows, *precondition(a_device_is_there)) {
  BOOST_TEST(cuda::normalize({}, nullptr) == cudaSuccess);
  cuda::Norm negative{};
  negative.sides = 1;
  negative.rows = -1;
  negative.width = 4;
  BOOST_TEST(cuda::normalize(negative, nullptr) == cudaErrorInvalidValue);
}
