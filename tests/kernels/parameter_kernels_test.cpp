// Every operation on parameters, in every format, with every distribution, on all instruction sets
// and 1 and 2 threads, to the bit against the rules written plainly.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "core/io/error.hpp"
#include "kernels/low_rank.hpp"
#include "kernels/perturb.hpp"
#include "kernels/storage_reference.hpp"
#include "kernels/update.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

constexpr TensorId tensor = 3;
constexpr float limits[] = {no_magnitude_limit, 0.4f};

// Around the borders of 4, 8, 16, 64 and 128 elements, 16 rows, 64 and 256 columns, a block's 4096
// elements, and what a thread takes.
const Shape shapes[] = {
    Shape::vector(0),       Shape::vector(1),       Shape::vector(127),     Shape::vector(4097),
    Shape::vector(33003),   Shape::matrix(0, 5),    Shape::matrix(5, 0),    Shape::matrix(1, 1),
    Shape::matrix(15, 63),  Shape::matrix(16, 64),  Shape::matrix(17, 65),  Shape::matrix(33, 255),
    Shape::matrix(31, 256), Shape::matrix(16, 257), Shape::matrix(3, 1000), Shape::matrix(50, 513),
};

std::vector<float> z_of(const Direction& direction, const Shape& shape) {
  std::vector<float> z;
  for (std::int64_t n = 0; n < shape.rows(); ++n)
    for (std::int64_t k = 0; k < shape.columns(); ++k)
      z.push_back(z_element(direction, tensor, shape, n, k));
  return z;
}

std::vector<float> plain_perturb(const Parameters& theta, const std::vector<float>& z, float scale,
                                 float limit) {
  std::vector<float> out;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const float x = theta.seen(i);
    out.push_back(std::abs(x) <= limit ? std::fma(scale, z[i], x) : x);
  }
  return out;
}

// A step's directions, expanded.
struct PlainStep {
  std::vector<std::pair<std::vector<float>, float>> terms;  // z, coefficient
  float decay;
};

void plain_update(Parameters& theta, const PlainStep& step, float limit) {
  const volatile float keep = 1 - step.decay;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const volatile float kept = keep * theta.value(i);
    float x = kept;
    if (std::abs(theta.seen(i)) <= limit)
      for (const auto& [z, coefficient] : step.terms) x = std::fma(-coefficient, z[i], x);
    theta.set(i, x);
  }
}

// Four steps: none, one, two and three directions of one distribution; or of all.
struct Steps {
  std::vector<std::vector<Term>> terms;
  std::vector<UpdateStep> steps;
  std::vector<PlainStep> plain;

  Steps(const Shape& shape, std::vector<Distribution> kinds) {
    for (std::uint16_t s = 0; s < 4; ++s) {
      terms.emplace_back();
      plain.push_back({{}, s * 1e-3f});
      for (std::uint16_t k = 0; k < s; ++k) {
        const Direction direction{11, s, k, kinds[(s + k) % kinds.size()]};
        terms.back().push_back({direction, 0.01f * static_cast<float>(k + 1)});
        plain.back().terms.emplace_back(z_of(direction, shape), terms.back().back().coefficient);
      }
    }
    for (std::size_t s = 0; s < terms.size(); ++s) steps.push_back({terms[s], plain[s].decay});
  }
};

std::string where(const Shape& shape, Format format, Cpu cpu, int threads) {
  std::ostringstream text;
  text << shape.rows() << " x " << shape.columns() << ", " << format << ", " << cpu << ", "
       << threads << " threads";
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_side_and_both_are_perturbed_by_the_rule) {
  constexpr float eps = 1.25e-3f;
  for (const Distribution distribution : distributions)
    for (const Shape& shape : shapes) {
      const Direction direction{77, 12, 1, distribution};
      const std::vector<float> z = z_of(direction, shape), start = numbers(shape.elements(), 1);
      for (const Format format : formats)
        for (const float limit : limits) {
          Parameters theta(format, start);
          const std::vector<float> plus = plain_perturb(theta, z, eps, limit),
                                   minus = plain_perturb(theta, z, -eps, limit);
          on_all_cpus([&](Cpu cpu, int threads) {
            std::vector<float> one(z.size()), two(z.size());
            perturb(theta.stored(), two.data(), shape, tensor, direction, -eps, limit);
            BOOST_REQUIRE_MESSAGE(same_bits(two, minus), where(shape, format, cpu, threads));
            two.assign(z.size(), 0);
            perturb_both(theta.stored(), one.data(), two.data(), shape, tensor, direction, eps,
                         limit);
            BOOST_REQUIRE_MESSAGE(same_bits(one, plus) && same_bits(two, minus),
                                  where(shape, format, cpu, threads));
          });
        }
    }
}

BOOST_AUTO_TEST_CASE(ranges_and_choices_of_rows_are_those_of_the_whole_in_every_format) {
  const Shape shape = Shape::matrix(70, 277);
  const std::vector<float> start = numbers(shape.elements(), 1);
  const std::vector<std::int64_t> rows{69, 0, 17, 17, 31};
  for (const Distribution distribution : distributions)
    for (const Format format : formats)
      for (const float limit : limits) {
        Parameters theta(format, start);
        const Direction direction{5, 6, 0, distribution};
        std::vector<float> whole(start.size());
        perturb(theta.stored(), whole.data(), shape, tensor, direction, 0.5f, limit);
        on_all_cpus([&](Cpu cpu, int threads) {
          const auto row = [&](std::int64_t n) { return whole.begin() + n * 277; };
          std::vector<float> picked(rows.size() * 277), expected;
          for (const std::int64_t n : rows) expected.insert(expected.end(), row(n), row(n + 1));
          perturb_rows(theta.stored(), picked.data(), shape, tensor, direction, 0.5f, rows, limit);
          BOOST_TEST(same_bits(picked, expected), where(shape, format, cpu, threads));
          for (const std::int64_t begin : {0, 15, 40})
            for (const std::int64_t end : {40, 49, 70}) {
              const auto size = static_cast<std::size_t>((end - begin) * 277);
              std::vector<float> one(size), plus(size), minus(size), negative(size);
              perturb_row_range(theta.stored(), one.data(), shape, tensor, direction, 0.5f, begin,
                                end, limit);
              BOOST_TEST(same_bits(one, {row(begin), row(end)}));
              perturb_row_range(theta.stored(), negative.data(), shape, tensor, direction, -0.5f,
                                begin, end, limit);
              perturb_both_row_range(theta.stored(), plus.data(), minus.data(), shape, tensor,
                                     direction, 0.5f, begin, end, limit);
              BOOST_TEST(same_bits(plus, one));
              BOOST_TEST(same_bits(minus, negative));
            }
        });
      }
}

BOOST_AUTO_TEST_CASE(a_scale_of_zero_gives_what_forward_passes_read) {
  const Shape shape = Shape::matrix(60, 700);
  std::vector<float> start = numbers(shape.elements(), 1);
  start[5] = -0.0f;
  for (const Format format : formats) {
    Parameters theta(format, start);
    std::vector<float> expected, out(start.size()), second(start.size());
    for (std::size_t i = 0; i < theta.size(); ++i) expected.push_back(theta.seen(i));
    perturb(theta.stored(), out.data(), shape, tensor, {1, 2, 0, Distribution::Gaussian}, 0);
    BOOST_TEST(same_bits(out, expected), format);
    out.assign(start.size(), -5);
    perturb_both(theta.stored(), out.data(), second.data(), shape, tensor, {1, 2}, 0);
    BOOST_TEST(same_bits(out, expected), format);
    BOOST_TEST(same_bits(second, expected), format);
  }
}

BOOST_AUTO_TEST_CASE(updates_of_no_one_and_several_directions_and_their_replay_follow_the_rule) {
  for (const std::vector<Distribution>& kinds :
       {std::vector{Distribution::Rademacher}, std::vector{Distribution::Gaussian},
        std::vector{Distribution::Binomial},
        std::vector(std::begin(distributions), std::end(distributions))})
    for (const Shape& shape : shapes) {
      const Steps steps(shape, kinds);
      const std::vector<float> start = numbers(shape.elements(), 1);
      for (const Format format : formats)
        for (const float limit : limits) {
          const Parameters before(format, start);
          Parameters expected = before;
          for (const PlainStep& step : steps.plain) plain_update(expected, step, limit);
          on_all_cpus([&](Cpu cpu, int threads) {
            Parameters one_by_one = before, at_once = before;
            for (const UpdateStep& step : steps.steps)
              update(one_by_one.stored(), shape, tensor, step.terms, step.decay, limit);
            BOOST_REQUIRE_MESSAGE(one_by_one == expected, where(shape, format, cpu, threads));
            replay(at_once.stored(), shape, tensor, steps.steps, limit);
            BOOST_REQUIRE_MESSAGE(at_once == expected, where(shape, format, cpu, threads));
          });
        }
    }
}

BOOST_AUTO_TEST_CASE(an_update_by_one_direction_is_that_of_a_list_of_one) {
  const Shape shape = Shape::matrix(45, 300);
  for (const Format format : formats) {
    Parameters a(format, numbers(shape.elements(), 4)), b = a;
    const Term term{{1, 2, 3, Distribution::Gaussian}, 0.01f};
    update(a.stored(), shape, tensor, term.direction, term.coefficient, 1e-3f, 0.5f);
    update(b.stored(), shape, tensor, {&term, 1}, 1e-3f, 0.5f);
    BOOST_TEST((a == b), format);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_tensor_number_is_refused_before_anything_is_written) {
  const Shape shape = Shape::vector(100);
  std::vector<float> theta(100, 1);
  const Term term{{1, 2, 3}, 0.5f};
  BOOST_CHECK_THROW(update(theta.data(), shape, not_a_tensor, {&term, 1}, 0.5f),
                    trainbus::RunError);
  BOOST_TEST(theta == std::vector<float>(100, 1), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_low_rank_update_follows_the_rule) {
  constexpr float coefficient = 0.013f, decay = 1e-3f;
  for (const Shape& shape : shapes) {
    if (shape.is_vector()) continue;
    for (const std::int64_t rank : {0, 1, 4}) {
      const std::vector<float> start = numbers(shape.elements(), 1),
                               u = numbers(shape.rows() * rank, 2),
                               v = numbers(shape.columns() * rank, 3);
      for (const Format format : formats) {
        const Parameters before(format, start);
        Parameters expected = before;
        const volatile float keep = 1 - decay;
        std::size_t i = 0;
        for (std::int64_t n = 0; n < shape.rows(); ++n)
          for (std::int64_t k = 0; k < shape.columns(); ++k, ++i) {
            const volatile float kept = keep * expected.value(i);
            float x = kept;
            for (std::int64_t j = 0; j < rank; ++j) {
              const volatile float s = coefficient * u[static_cast<std::size_t>(n * rank + j)];
              x = std::fma(-s, v[static_cast<std::size_t>(k * rank + j)], x);
            }
            expected.set(i, x);
          }
        on_all_cpus([&](Cpu cpu, int threads) {
          Parameters theta = before;
          low_rank_update(theta.stored(), shape, u.data(), v.data(), rank, coefficient, decay);
          BOOST_REQUIRE_MESSAGE(theta == expected, where(shape, format, cpu, threads));
        });
      }
    }
  }
}

// More terms than one pass takes, so that there are two.
BOOST_AUTO_TEST_CASE(
    low_rank_updates_by_many_terms_follow_the_rule_without_their_factors_in_memory) {
  constexpr float decay = 1e-3f;
  for (const Shape& shape :
       {Shape::matrix(1, 1), Shape::matrix(67, 37), Shape::matrix(130, 16), Shape::matrix(2, 4103)})
    for (const std::int64_t rank : {1, 3})
      for (const Format format : formats) {
        std::vector<Factors> terms;
        for (std::uint16_t i = 0; i < low_rank_terms + 3; ++i)
          terms.push_back({{8, 9, i},
                           {8, 9, static_cast<std::uint16_t>(i | 0x8000)},
                           0.01f * (static_cast<float>(i) - 30)});
        const Parameters before(format, numbers(shape.elements(), 1));
        Parameters expected = before;
        for (std::size_t first : {std::size_t{0}, low_rank_terms}) {
          const std::size_t last = std::min(first + low_rank_terms, terms.size());
          std::vector<std::vector<float>> u, v;
          for (std::size_t i = first; i < last; ++i) {
            u.emplace_back(static_cast<std::size_t>(shape.rows() * rank));
            v.emplace_back(static_cast<std::size_t>(shape.columns() * rank));
            fill_normals(terms[i].u, tensor, shape.rows() * rank, u.back().data());
            fill_normals(terms[i].v, tensor, shape.columns() * rank, v.back().data());
          }
          const volatile float keep = first == 0 ? 1 - decay : 1.0f;
          std::size_t e = 0;
          for (std::int64_t n = 0; n < shape.rows(); ++n)
            for (std::int64_t k = 0; k < shape.columns(); ++k, ++e) {
              const volatile float kept = keep * expected.value(e);
              float x = kept;
              for (std::size_t i = first; i < last; ++i)
                for (std::int64_t j = 0; j < rank; ++j) {
                  const volatile float s =
                      terms[i].coefficient * u[i - first][static_cast<std::size_t>(n * rank + j)];
                  x = std::fma(-s, v[i - first][static_cast<std::size_t>(k * rank + j)], x);
                }
              expected.set(e, x);
            }
        }
        on_all_cpus([&](Cpu cpu, int threads) {
          Parameters theta = before;
          low_rank_update(theta.stored(), shape, tensor, terms, rank, decay);
          BOOST_REQUIRE_MESSAGE(theta == expected, where(shape, format, cpu, threads));
        });
      }
}

BOOST_AUTO_TEST_CASE(a_low_rank_product_adds_what_the_products_one_after_the_other_do) {
  for (const auto& [rows, inputs, outputs, rank] :
       {std::array<std::int64_t, 4>{1, 1, 1, 1}, {3, 17, 33, 1}, {5, 64, 70, 3}, {2, 129, 16, 2}}) {
    const std::int64_t x_stride = inputs + 3, y_stride = outputs + 5;
    const std::vector<float> x = numbers(rows * x_stride, 1), u = numbers(rank * outputs, 2),
                             v = numbers(rank * inputs, 3), start = numbers(rows * y_stride, 4);
    on_all_cpus([&](Cpu, int) {
      std::vector<float> y = start;
      add_low_rank_product({rows, inputs, outputs, rank, x.data(), x_stride, u.data(), v.data(),
                            0.5f, y.data(), y_stride});
      for (std::int64_t n = 0; n < rows; ++n)
        for (std::int64_t o = 0; o < y_stride; ++o) {
          double sum = start[static_cast<std::size_t>(n * y_stride + o)];
          for (std::int64_t j = 0; o < outputs && j < rank; ++j) {
            double t = 0;
            for (std::int64_t k = 0; k < inputs; ++k)
              t += static_cast<double>(x[static_cast<std::size_t>(n * x_stride + k)]) *
                   v[static_cast<std::size_t>(j * inputs + k)];
            sum += 0.5 * t * u[static_cast<std::size_t>(j * outputs + o)];
          }
          BOOST_REQUIRE_SMALL(y[static_cast<std::size_t>(n * y_stride + o)] - sum, 1e-5);
        }
    });
  }
}

BOOST_AUTO_TEST_CASE(low_rank_updates_of_vectors_and_of_negative_rank_are_refused) {
  std::vector<float> theta(12), u(12), v(12);
  BOOST_CHECK_THROW(low_rank_update(theta.data(), Shape::vector(12), u.data(), v.data(), 1, 1, 0),
                    trainbus::RunError);
  BOOST_CHECK_THROW(
      low_rank_update(theta.data(), Shape::matrix(3, 4), u.data(), v.data(), -1, 1, 0),
      trainbus::RunError);
}

BOOST_AUTO_TEST_CASE(factors_are_filled_with_the_normals_of_a_vector) {
  const Direction direction{8, 9, 1, Distribution::Rademacher};
  Direction gaussian = direction;
  gaussian.distribution = Distribution::Gaussian;
  const std::vector<float> expected = z_of(gaussian, Shape::vector(70001));
  on_all_cpus([&](Cpu, int) {
    std::vector<float> u(70001, -5);
    fill_normals(direction, tensor, 70000, u.data());
    BOOST_TEST(u.back() == -5);
    u.back() = expected.back();
    BOOST_TEST(same_bits(u, expected));
    std::vector<float> part(40000);
    fill_normals(direction, tensor, 30001, 70001, part.data());
    BOOST_TEST(same_bits(part, std::vector<float>(expected.begin() + 30001, expected.end())));
  });
}
