#include "kernels/attention.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/io/error.hpp"
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
  std::vector<std::int64_t> prefixes = {};
  std::int64_t part = 0;  // features of a head that are rotated; 0: all

  std::int64_t turned() const { return part > 0 ? part : shape.head_dim; }
  std::int64_t tokens() const { return offsets.back(); }
  std::int64_t stride() const { return (shape.heads + 2 * shape.kv_heads) * shape.head_dim; }
};

struct Rotary {
  explicit Rotary(const Case& c)
      : cosines(static_cast<std::size_t>(c.tokens() * (c.turned() / 2) + 1)),
        sines(cosines.size()) {
    if (!c.rotated) return;
    fill_rotary_table(c.tokens(), c.turned(), 10000, cosines.data(), sines.data());
    positions = c.tokens();
    part = c.part;
  }
  RotaryView view() const {
    return positions ? RotaryView{cosines.data(), sines.data(), positions, part} : RotaryView{};
  }
  std::vector<float> cosines, sines;
  std::int64_t positions = 0, part = 0;
};

// The head of d features at x, rotated for its position, in double precision.
std::vector<double> rotated(const float* x, std::int64_t position, const Case& c,
                            const Rotary& rotary) {
  const std::int64_t half = c.turned() / 2;
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

// Where the tokens that a sequence sees and is made of lie: those of its prefix, then its own.
std::vector<std::int64_t> tokens_of(const Case& c, std::size_t b, std::size_t& before) {
  std::vector<std::int64_t> tokens;
  const auto append = [&](std::size_t s) {
    for (std::int64_t t = c.offsets[s]; t < c.offsets[s + 1]; ++t) tokens.push_back(t);
  };
  if (!c.prefixes.empty() && c.prefixes[b] >= 0) append(static_cast<std::size_t>(c.prefixes[b]));
  before = tokens.size();
  append(b);
  return tokens;
}

// Whether the token at position i of a sequence sees the one at j.
bool sees(const AttentionShape& s, std::int64_t i, std::int64_t j) {
  if (!s.causal) return s.window == 0 || std::abs(i - j) <= s.window / 2;
  return j <= i && (s.window == 0 || j > i - s.window);
}

// softmax(mask(cap(scale · q kᵀ))) v of one sequence and query head, into its rows of out.
void plain_head(const std::vector<float>& qkv, const Case& c, const Rotary& rotary, std::size_t b,
                std::int64_t head, std::vector<double>& out) {
  const std::int64_t d = c.shape.head_dim, kv = head / (c.shape.heads / c.shape.kv_heads);
  const double scale = c.shape.scale != 0 ? c.shape.scale : 1 / std::sqrt(static_cast<double>(d));
  const auto part = [&](std::int64_t token, std::int64_t h) {
    return qkv.data() + token * c.stride() + h * d;
  };
  std::size_t before;
  const std::vector<std::int64_t> tokens = tokens_of(c, b, before);
  std::vector<std::vector<double>> keys;
  for (std::size_t t = 0; t < tokens.size(); ++t)
    keys.push_back(rotated(part(tokens[t], c.shape.heads + kv), t, c, rotary));
  for (std::size_t t = before; t < tokens.size(); ++t) {
    const std::vector<double> query = rotated(part(tokens[t], head), t, c, rotary);
    std::vector<double> weights;
    const double cap = c.shape.softcap;
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      const double score = scale * dot(query, keys[j]);
      weights.push_back(!sees(c.shape, t, j) ? -std::numeric_limits<double>::infinity()
                        : cap > 0            ? cap * std::tanh(score / cap)
                                             : score);
    }
    const double largest = *std::max_element(weights.begin(), weights.end());
    double sum = 0;
    for (double& w : weights) sum += w = std::exp(w - largest);
    for (std::int64_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < weights.size(); ++j)
        out[(tokens[t] * c.shape.heads + head) * d + i] +=
            weights[j] / sum * part(tokens[j], c.shape.heads + c.shape.kv_heads + kv)[i];
  }
}

std::vector<double> plain_attention(const std::vector<float>& qkv, const Case& c,
                                    const Rotary& rotary) {
  std::vector<double> out(static_cast<std::size_t>(c.tokens() * c.shape.heads * c.shape.head_dim));
  for (std::size_t b = 0; b + 1 < c.offsets.size(); ++b)
    for (std::int64_t head = 0; head < c.shape.heads; ++head)
      plain_head(qkv, c, rotary, b, head, out);
  return out;
}

std::vector<float> fast_attention(const std::vector<float>& qkv, const Case& c,
                                  const Rotary& rotary) {
  std::vector<float> out(static_cast<std::size_t>(c.tokens() * c.shape.heads * c.shape.head_dim),
                         std::numeric_limits<float>::quiet_NaN());
  attention(qkv.data(), {c.offsets, c.prefixes}, c.shape, rotary.view(), out.data());
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

BOOST_AUTO_TEST_CASE(bidirectional_attention_agrees_with_double_precision) {
  Case c{{3, 1, 16, 0, false}, {0}};
  for (const std::int64_t length :
       {1, 2, 3, 4, 5, 0, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 191})
    c.offsets.push_back(c.tokens() + length);
  check(c);
  c.rotated = false;
  check(c);
  for (const std::int64_t head_dim : {1, 5, 32, 33, 64})  // MiniLM has 32, BERT 64
    check({{2, 2, head_dim, 0, false}, {0, 26, 45, 62, 130}, false});
}

BOOST_AUTO_TEST_CASE(continuations_see_their_prefix_and_themselves_at_the_positions_behind_it) {
  for (const std::int64_t prefix : {0, 1, 3, 15, 16, 17, 60, 63, 64, 65, 127, 128, 130})
    for (const bool rotated : {true, false}) {
      Case c{{3, 1, 16}, {0}, rotated};
      // Two prefixes with continuations, one without, a sequence without tokens among them.
      for (const std::int64_t length : {prefix, std::int64_t{1}, std::int64_t{2}, std::int64_t{70},
                                        std::int64_t{5}, prefix, std::int64_t{0}, std::int64_t{4}})
        c.offsets.push_back(c.tokens() + length);
      c.prefixes = {-1, 0, 0, 0, -1, -1, 5, 5};
      check(c);
    }
}

BOOST_AUTO_TEST_CASE(windows_are_counted_from_the_token_itself_for_every_size_around_a_block) {
  for (const bool causal : {true, false})
    for (const std::int64_t window : {1,  2,  3,   4,   5,   15,  16,  17,  62,  63,  64,
                                      65, 66, 100, 127, 128, 129, 130, 190, 191, 192, 1000})
      check({{3, 1, 16, 0, causal, window}, {0, 1, 3, 63, 127, 192, 390}});
}

BOOST_AUTO_TEST_CASE(continuations_see_no_further_back_than_their_window) {
  for (const std::int64_t window : {1, 4, 40, 64, 65, 90})
    for (const std::int64_t prefix : {0, 1, 60, 64, 65, 130})
      check({{2, 1, 16, 0, true, window},
             {0, prefix, prefix + 3, prefix + 73, prefix + 73 + prefix},
             true,
             1,
             1e-5,
             {-1, 0, 0, -1}});
}

BOOST_AUTO_TEST_CASE(scores_are_capped_after_they_are_scaled_and_before_any_is_hidden) {
  for (const bool causal : {true, false})
    for (const std::int64_t window : {0, 5, 64, 70})
      for (const float cap : {0.3f, 1.5f, 50.0f})
        check({{4, 2, 24, 0.25f, causal, window, cap}, {0, 17, 82, 230}, true, 3});
}

BOOST_AUTO_TEST_CASE(features_behind_the_rotated_ones_of_a_head_pass_as_they_are) {
  for (const std::int64_t head_dim : {12, 16, 33, 80, 96})
    for (const std::int64_t part : {2, 4, 8, 10, 12})
      check({{2, 1, head_dim}, {0, 19, 90}, true, 1, 1e-5, {}, part});
}

BOOST_AUTO_TEST_CASE(attention_of_no_tokens_does_nothing) {
  for (const std::vector<std::int64_t>& offsets : {std::vector<std::int64_t>{0, 0}, {0}})
    attention(nullptr, {offsets}, {2, 1, 8}, {}, nullptr);
}

BOOST_AUTO_TEST_CASE(attention_refuses_shapes_and_sequences_that_cannot_be) {
  using Ints = std::vector<std::int64_t>;
  const auto attempt = [](const Ints& offsets, AttentionShape shape, std::int64_t positions = 0,
                          const Ints& prefixes = {}) {
    float x[128] = {};
    const RotaryView rotary{positions ? x : nullptr, positions ? x : nullptr, positions};
    attention(x, {offsets, prefixes}, shape, rotary, x + 96);
  };
  using trainbus::RunError;
  BOOST_CHECK_THROW(attempt({}, {2, 1, 8}), RunError);
  BOOST_CHECK_THROW(attempt({1, 2}, {2, 1, 8}), RunError);
  BOOST_CHECK_THROW(attempt({0, 2, 1}, {2, 1, 8}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {3, 2, 8}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 0, 8}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 0}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 5}, 9), RunError);
  BOOST_CHECK_NO_THROW(attempt({0, 2}, {2, 1, 4}, 2));
  BOOST_CHECK_THROW(attempt({0, 3}, {2, 1, 4}, 2), RunError);              // too few positions
  BOOST_CHECK_THROW(attempt({0, 2, 3}, {2, 1, 4}, 2, {-1, 0}), RunError);  // with the prefix too
  BOOST_CHECK_NO_THROW(attempt({0, 1, 2, 3}, {2, 1, 4}, 0, {-1, 0, 0}));
  for (const Ints& prefixes :
       {Ints{-1, 0}, {0, -1, -1}, {-1, 0, 1}, {-1, -1, 0}, {-1, 2, -1}, {-2, -1, -1}, {-1, 0, 7}})
    BOOST_CHECK_THROW(attempt({0, 1, 2, 3}, {2, 1, 4}, 0, prefixes), RunError);
  BOOST_CHECK_THROW(attempt({0, 1, 2}, {2, 1, 4, 0, false}, 0, {-1, 0}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 4, 0, true, -1}), RunError);
  BOOST_CHECK_THROW(attempt({0, 1}, {2, 1, 4, 0, true, 0, -1.0f}), RunError);
  const std::vector<std::int64_t> one = {0, 1};
  float x[64] = {};
  for (const std::int64_t part : {-2, 3, 6})
    BOOST_CHECK_THROW(attention(x, {one}, {2, 1, 4}, {x, x, 8, part}, x + 32), RunError);
}
