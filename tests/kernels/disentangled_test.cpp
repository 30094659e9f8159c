#include "kernels/disentangled.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

struct Case {
  DisentangledShape shape;
  std::vector<std::int64_t> offsets;
  std::int64_t length, rows;
  bool queries = true, keys = true;

  std::int64_t tokens() const { return offsets.back(); }
  std::int64_t width() const { return shape.heads * shape.head_dim; }
};

struct Inputs {
  explicit Inputs(const Case& c)
      : query_key(numbers(c.tokens() * 2 * c.width(), 1)),
        value(numbers(c.tokens() * c.width(), 2)),
        of_distances(numbers(c.rows * 2 * c.width(), 3)) {
    for (std::int64_t i = 0; i < 2 * c.length - 1; ++i)
      by_distance.push_back(i * c.rows / (2 * c.length - 1));
  }
  std::vector<float> query_key, value, of_distances;
  std::vector<std::int64_t> by_distance;
};

std::vector<float> computed(const Case& c, const Inputs& in) {
  std::vector<float> out(in.value.size(), -7);
  disentangled_attention(in.query_key.data(), in.value.data(), c.offsets,
                         {in.of_distances.data(), c.rows, in.by_distance, c.queries, c.keys},
                         c.shape, out.data());
  return out;
}

// The formula, in double precision.
std::vector<double> plain(const Case& c, const Inputs& in) {
  const std::int64_t d = c.shape.head_dim, width = c.width();
  std::vector<double> out(in.value.size());
  const auto dot = [&](const float* a, const float* b) {
    double sum = 0;
    for (std::int64_t f = 0; f < d; ++f) sum += static_cast<double>(a[f]) * b[f];
    return sum;
  };
  for (std::size_t b = 0; b + 1 < c.offsets.size(); ++b)
    for (std::int64_t h = 0; h < c.shape.heads; ++h)
      for (std::int64_t i = c.offsets[b]; i < c.offsets[b + 1]; ++i) {
        std::vector<double> weights;
        double sum = 0;
        const float* query = in.query_key.data() + i * 2 * width + h * d;
        for (std::int64_t j = c.offsets[b]; j < c.offsets[b + 1]; ++j) {
          const float* key = in.query_key.data() + j * 2 * width + width + h * d;
          const float* distance =
              in.of_distances.data() + in.by_distance[i - j + c.length - 1] * 2 * width + h * d;
          double score = dot(query, key);
          if (c.keys) score += dot(query, distance + width);
          if (c.queries) score += dot(key, distance);
          weights.push_back(std::exp(score * c.shape.scale));
          sum += weights.back();
        }
        for (std::size_t j = 0; j < weights.size(); ++j)
          for (std::int64_t f = 0; f < d; ++f)
            out[i * width + h * d + f] +=
                weights[j] / sum * in.value[(c.offsets[b] + j) * width + h * d + f];
      }
  return out;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::int64_t d : {1, 8, 15, 64, 80})
    for (const std::int64_t longest : {1, 2, 15, 16, 17, 33, 65})
      all.push_back({{3, d, 0.3f}, {0, longest, longest, longest + 1}, longest + 2, 7});
  all.push_back({{2, 16, 0.2f}, {0, 20, 31}, 20, 40, false, true});
  all.push_back({{2, 16, 0.2f}, {0, 20, 31}, 20, 40, true, false});
  all.push_back({{2, 16, 0.2f}, {0, 20, 31}, 20, 1, false, false});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disentangled)

BOOST_AUTO_TEST_CASE(every_instruction_set_computes_the_formula) {
  for (const Cpu cpu : all_cpus()) {
    const Using guard(cpu);
    for (const Case& c : cases()) {
      const Inputs in(c);
      const std::vector<float> found = computed(c, in);
      const std::vector<double> expected = plain(c, in);
      BOOST_TEST(relative_distance(found, expected) < 1e-5,
                 cpu << ", d " << c.shape.head_dim << ", " << c.offsets[1] << " tokens");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_number_of_threads) {
  const Case c{{5, 24, 0.2f}, {0, 30, 41, 64}, 40, 33};
  const Inputs in(c);
  std::vector<std::vector<float>> found;
  for (const int threads : {1, 3}) {
    const Using guard(best_cpu(), threads);
    found.push_back(computed(c, in));
  }
  BOOST_TEST((found[0] == found[1]));
}

BOOST_AUTO_TEST_CASE(distances_that_do_not_fit_the_texts_are_refused) {
  Case c{{1, 4, 1}, {0, 5}, 5, 3};
  Inputs in(c);
  in.by_distance.resize(7);
  BOOST_CHECK_THROW(computed(c, in), trainbus::RunError);
  in.by_distance.assign(9, 3);
  BOOST_CHECK_THROW(computed(c, in), trainbus::RunError);
  in.by_distance.assign(9, 2);
  c.offsets = {0, 5, 4};
  BOOST_CHECK_THROW(computed(c, in), trainbus::RunError);
}

BOOST_AUTO_TEST_SUITE_END()
