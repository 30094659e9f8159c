#include "kernels/attention.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/error.hpp"
#include "kernels/kernels_test_support.hpp"
#include "kernels/rotary.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

struct Case {
  AttentionShape shape;
  std::vector<std::int64_t> offsets;
  bool rotated = true;
  float magnitude = 1;
  double tolerance = 1e-5;

  std::int64_t tokens() const { return offsets.back(); }
  std::int64_t stride() const { return (shape.heads + 2 * shape.kv_heads) * shape.head_dim; }
};

struct Rotary {
  explicit Rotary(const Case& c)
      : cosines(static_cast<std::size_t>(c.tokens() * (c.shape.head_dim / 2) + 1)),
        sines(cosines.size()) {
    if (c.rotated)
      fill_rotary_table(c.tokens(), c.shape.head_dim, 10000, cosines.data(), sines.data());
  }
  std::vector<float> cosines, sines;
};

// The head of d features at x, rotated for its position, in double precision.
std::vector<double> rotated(const float* x, std::int64_t position, const Case& c,
                            const Rotary& rotary) {
  const std::int64_t half = c.shape.head_dim / 2;
  std::vector<double> y(x, x + c.shape.head_dim);
  for (std::int64_t i = 0; c.rotated && i < half; ++i) {
    const double a = x[i], b = x[i + half];
    const double cosine = rotary.cosines[position * half + i],
                 sine = rotary.sines[position * half + i];
    y[i] = a * cosine - b * sine;
    y[i + half] = b * cosine + a * sine;
  }
  return y;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// softmax(scale · q kᵀ) v of one sequence and query head, rows begin.. of out.
void plain_head(const std::vector<float>& qkv, const Case& c, const Rotary& rotary,
                std::int64_t begin, std::int64_t tokens, std::int64_t head,
                std::vector<double>& out) {
  const std::int64_t d = c.shape.head_dim, stride = c.stride();
  const std::int64_t kv = head / (c.shape.heads / c.shape.kv_heads);
  const double scale = c.shape.scale != 0 ? c.shape.scale : 1 / std::sqrt(static_cast<double>(d));
  const float* first = qkv.data() + begin * stride;
  std::vector<std::vector<double>> keys;
  for (std::int64_t t = 0; t < tokens; ++t) {
    keys.push_back(rotated(first + t * stride + (c.shape.heads + kv) * d, t, c, rotary));
    const std::vector<double> query = rotated(first + t * stride + head * d, t, c, rotary);
    std::vector<double> weights;
    for (const std::vector<double>& key : keys) weights.push_back(scale * dot(query, key));
    const double largest = *std::max_element(weights.begin(), weights.end());
    double sum = 0;
    for (double& w : weights) sum += w = std::exp(w - largest);
    for (std::int64_t i = 0; i < d; ++i) {
      double& y = out[(begin + t) * c.shape.heads * d + head * d + i];
      for (std::int64_t j = 0; j <= t; ++j)
        y += weights[j] / sum * first[j * stride + (c.shape.heads + c.shape.kv_heads + kv) * d + i];
    }
  }
}

std::vector<double> plain_attention(const std::vector<float>& qkv, const Case& c,
                                    const Rotary& rotary) {
  std::vector<double> out(static_cast<std::size_t>(c.tokens() * c.shape.heads * c.shape.head_dim));
  for (std::size_t b = 0; b + 1 < c.offsets.size(); ++b)
    for (std::int64_t head = 0; head < c.shape.heads; ++head)
      plain_head(qkv, c, rotary, c.offsets[b], c.offsets[b + 1] - c.offsets[b], head, out);
  return out;
}

std::vector<float> fast_attention(const std::vector<float>& qkv, const Case& c,
                                  const Rotary& rotary) {
  std::vector<float> out(static_cast<std::size_t>(c.tokens() * c.shape.heads * c.shape.head_dim),
                         std::numeric_limits<float>::quiet_NaN());
  causal_attention(qkv.data(), c.offsets, c.shape, c.rotated ? rotary.cosines.data() : nullptr,
                   c.rotated ? rotary.sines.data() : nullptr, out.data());
  return out;
}

void check(const Case& c) {
  const std::vector<float> qkv = numbers(c.tokens() * c.stride(), 1, c.magnitude);
  const Rotary rotary(c);
  const std::vector<double> expected = plain_attention(qkv, c, rotary);
  for (const Cpu cpu : all_cpus()) {
    std::vector<float> one, two;
    {
      const Using setting(cpu, 1);
      one = fast_attention(qkv, c, rotary);
    }
    const Using setting(cpu, 2);
    two = fast_attention(qkv, c, rotary);
    BOOST_TEST(relative_distance(one, expected) < c.tolerance,
               cpu << ", " << c.tokens() << " tokens, head_dim " << c.shape.head_dim);
    BOOST_TEST(one == two, boost::test_tools::per_element());
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(attention_agrees_with_double_precision_for_every_length_up_to_three_blocks) {
  Case c{{3, 1, 16}, {0}};
  for (const std::int64_t length :
       {1, 2, 3, 4, 5, 0, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 67, 127, 128, 129, 191})
    c.offsets.push_back(c.tokens() + length);
  check(c);
}

BOOST_AUTO_TEST_CASE(attention_agrees_with_double_precision_for_the_shapes_of_real_models) {
  check({{9, 3, 64}, {0, 30, 48, 97}});  // SmolLM2
  check({{4, 4, 80}, {0, 70}});          // OPT and Phi have heads of 80
  check({{2, 2, 128}, {0, 65, 66}});
  check({{4, 2, 64}, {0, 70}, false});  // GPT-2, OPT: no rotation
  check({{4, 2, 64, 0.5f}, {0, 70}});   // a scale of its own
}

BOOST_AUTO_TEST_CASE(attention_takes_heads_of_any_width) {
  for (const std::int64_t head_dim : {2, 6, 8, 18, 24, 40, 50, 72, 96})
    check({{2, 1, head_dim}, {0, 19, 90}});
  for (const std::int64_t head_dim : {1, 5, 33}) check({{2, 1, head_dim}, {0, 19, 90}, false});
}

BOOST_AUTO_TEST_CASE(attention_takes_long_sequences) { check({{2, 1, 8}, {0, 1500}}); }

BOOST_AUTO_TEST_CASE(attention_survives_scores_beyond_the_range_of_the_exponential) {
  // Scores reach 3000, where single precision is spaced by 2.4e-4.
  check({{2, 1, 16}, {0, 20, 150}, true, 60, 5e-3});
}

BOOST_AUTO_TEST_CASE(attention_of_no_tokens_does_nothing) {
  causal_attention(nullptr, std::vector<std::int64_t>{0, 0}, {2, 1, 8}, nullptr, nullptr, nullptr);
  causal_attention(nullptr, std::vector<std::int64_t>{0}, {2, 1, 8}, nullptr, nullptr, nullptr);
}

BOOST_AUTO_TEST_CASE(attention_refuses_shapes_and_offsets_that_cannot_be) {
  const auto attempt = [](std::vector<std::int64_t> offsets, AttentionShape shape,
                          bool rotate = false) {
    float x[64] = {};
    causal_attention(x, offsets, shape, rotate ? x : nullptr, rotate ? x : nullptr, x + 32);
  };
  BOOST_CHECK_THROW(attempt({}, {2, 1, 8}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({1, 2}, {2, 1, 8}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({0, 2, 1}, {2, 1, 8}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {3, 2, 8}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 0, 8}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 0}), trainbus::RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 5}, true), trainbus::RunError);
}
