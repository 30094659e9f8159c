// Shares: directions that divide the elements among themselves, in every operation, format and
// distribution, on all instruction sets and 1 and 2 threads, to the bit against the rules written
// plainly.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "core/io/error.hpp"
#include "kernels/perturb.hpp"
#include "kernels/simd/kernel_table.hpp"
#include "kernels/storage_reference.hpp"
#include "kernels/update.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

constexpr TensorId tensor = 3;
constexpr std::uint64_t seed = 77;
constexpr float limits[] = {no_magnitude_limit, 0.4f};
constexpr std::uint16_t counts[] = {2, 3, 4, 8, 16, 17, 128};  // of shares

// Around the borders of vectors, words, runs, tiles and blocks.
const Shape shapes[] = {
    Shape::vector(1),       Shape::vector(127),     Shape::vector(4161),    Shape::matrix(0, 5),
    Shape::matrix(5, 0),    Shape::matrix(1, 1),    Shape::matrix(700, 3),  Shape::matrix(16, 64),
    Shape::matrix(17, 65),  Shape::matrix(33, 255), Shape::matrix(31, 256), Shape::matrix(16, 257),
    Shape::matrix(3, 2113),
};

Direction share(std::uint16_t number, std::uint16_t shares, Distribution distribution,
                std::uint32_t step = 12) {
  return {seed, step, number, distribution, shares};
}

// z of a direction, and where it counts: the definition, without is_in_share.
struct PlainZ {
  std::vector<float> z;
  std::vector<bool> counts;

  PlainZ(const Direction& direction, const Shape& shape) {
    Direction whole = direction;
    if (direction.shares > 1) whole.direction = 0;
    whole.shares = 1;
    for (std::int64_t n = 0; n < shape.rows(); ++n)
      for (std::int64_t k = 0; k < shape.columns(); ++k) {
        counts.push_back(direction.shares == 1 ||
                         (n + k) % direction.shares == direction.direction);
        z.push_back(z_element(whole, tensor, shape, n, k));
      }
  }
};

// With both zeros, infinities and NaN among them.
std::vector<float> numbers_with_special_ones(std::int64_t count) {
  std::vector<float> x = numbers(count, 1);
  const float special[] = {-0.0f, 0.0f, INFINITY, -INFINITY, NAN};
  for (std::size_t i = 0; i < x.size(); i += 7) x[i] = special[i / 7 % std::size(special)];
  return x;
}

std::vector<float> plain_perturb(const Parameters& theta, const PlainZ& z, float scale,
                                 float limit) {
  std::vector<float> out;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const float x = theta.seen(i);
    const bool moves = z.counts[i] && (limit == no_magnitude_limit || std::abs(x) <= limit);
    out.push_back(moves ? std::fma(scale, z.z[i], x) : x);
  }
  return out;
}

void plain_update(Parameters& theta, std::span<const Term> terms, const std::vector<PlainZ>& z,
                  float decay, float limit) {
  const volatile float keep = 1 - decay;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const volatile float kept = keep * theta.value(i);
    float x = kept;
    if (limit == no_magnitude_limit || std::abs(theta.seen(i)) <= limit)
      for (std::size_t t = 0; t < terms.size(); ++t)
        if (z[t].counts[i]) x = std::fma(-terms[t].coefficient, z[t].z[i], x);
    theta.set(i, x);
  }
}

// The number of an element's share.
std::size_t share_at(std::size_t i, const Shape& shape, std::size_t shares) {
  const auto columns = static_cast<std::size_t>(shape.columns());
  return (i / columns + i % columns) % shares;
}

// z: that of direction 0.
void plain_update_by_shares(Parameters& theta, const Shape& shape, const std::vector<Term>& shares,
                            const PlainZ& z, float decay, float limit) {
  const volatile float keep = 1 - decay;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const volatile float kept = keep * theta.value(i);
    const bool moves = limit == no_magnitude_limit || std::abs(theta.seen(i)) <= limit;
    const Term& term = shares[share_at(i, shape, shares.size())];
    theta.set(i, moves ? std::fma(-term.coefficient, z.z[i], kept) : kept);
  }
}

std::vector<PlainZ> plain_z(std::span<const Term> terms, const Shape& shape) {
  std::vector<PlainZ> z;
  for (const Term& term : terms) z.emplace_back(term.direction, shape);
  return z;
}

std::vector<Term> all_shares(std::uint16_t shares, Distribution distribution,
                             std::uint32_t step = 12) {
  std::vector<Term> terms;
  for (std::uint16_t d = 0; d < shares; ++d)
    terms.push_back({share(d, shares, distribution, step),
                     (d % 3 == 2 ? -0.01f : 0.013f) * static_cast<float>(d + 1)});
  return terms;
}

std::string where(const Shape& shape, std::uint16_t shares, Format format, Cpu cpu, int threads) {
  std::ostringstream text;
  text << shape.rows() << " x " << shape.columns() << ", " << shares << " shares, " << format
       << ", " << cpu << ", " << threads << " threads";
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_share_has_the_z_of_direction_0_at_its_own_elements) {
  for (const Distribution distribution : distributions)
    for (const Shape& shape : {Shape::vector(300), Shape::matrix(19, 37)})
      for (const std::uint16_t shares : counts)
        for (std::int64_t n = 0; n < shape.rows(); ++n)
          for (std::int64_t k = 0; k < shape.columns(); ++k)
            for (std::uint16_t d = 0; d < shares; ++d) {
              const Direction z = share(d, shares, distribution);
              const bool own = (n + k) % shares == d;
              const float expected =
                  own ? z_element({seed, 12, 0, distribution}, tensor, shape, n, k) : 0.0f;
              BOOST_REQUIRE_EQUAL(z_element(z, tensor, shape, n, k), expected);
              BOOST_REQUIRE_EQUAL(is_in_share(z, n, k), own);
            }
}

// The weights of one feature are a row or a column, whose gradients can be far above the others'.
BOOST_AUTO_TEST_CASE(every_row_and_every_column_is_spread_over_all_shares) {
  for (const std::uint16_t shares : counts)
    for (std::int64_t line = 0; line < 256; ++line) {
      std::vector<int> of_row(shares), of_column(shares);
      for (std::uint16_t d = 0; d < shares; ++d)
        for (std::int64_t i = 0; i < 2 * shares; ++i) {
          of_row[d] += is_in_share(share(d, shares, Distribution::Rademacher), line, i);
          of_column[d] += is_in_share(share(d, shares, Distribution::Rademacher), i, line);
        }
      BOOST_REQUIRE(of_row == std::vector<int>(shares, 2));
      BOOST_REQUIRE(of_column == std::vector<int>(shares, 2));
    }
}

BOOST_AUTO_TEST_CASE(shares_that_do_not_exist_are_refused_before_anything_is_written) {
  const Shape shape = Shape::matrix(3, 4);
  std::vector<float> theta(12, 1), out(12, -5);
  const Direction beyond = share(4, 4, Distribution::Rademacher),
                  none = share(0, 0, Distribution::Rademacher);
  for (const Direction& bad : {beyond, none}) {
    BOOST_CHECK_THROW(z_element(bad, tensor, shape, 0, 0), trainbus::RunError);
    BOOST_CHECK_THROW(perturb(theta.data(), out.data(), shape, tensor, bad, 1), trainbus::RunError);
    BOOST_CHECK_THROW(update(theta.data(), shape, tensor, bad, 1, 0.5f), trainbus::RunError);
  }
  BOOST_TEST(theta == std::vector<float>(12, 1), boost::test_tools::per_element());
  BOOST_TEST(out == std::vector<float>(12, -5), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_perturbation_by_a_share_leaves_the_others_as_they_are) {
  constexpr float eps = 1.25e-3f;
  for (const std::uint16_t shares : counts)
    for (const Distribution distribution : distributions)
      for (const Shape& shape : shapes) {
        const Direction direction =
            share(static_cast<std::uint16_t>(shape.columns() % shares), shares, distribution);
        const PlainZ z(direction, shape);
        for (const Format format : formats)
          for (const float limit : limits) {
            Parameters theta(format, numbers_with_special_ones(shape.elements()));
            const std::vector<float> plus = plain_perturb(theta, z, eps, limit),
                                     minus = plain_perturb(theta, z, -eps, limit);
            on_all_cpus([&](Cpu cpu, int threads) {
              std::vector<float> one(plus.size()), two(plus.size());
              perturb(theta.stored(), two.data(), shape, tensor, direction, -eps, limit);
              BOOST_REQUIRE_MESSAGE(same_bits(two, minus),
                                    where(shape, shares, format, cpu, threads));
              two.assign(two.size(), 0);
              perturb_both(theta.stored(), one.data(), two.data(), shape, tensor, direction, eps,
                           limit);
              BOOST_REQUIRE_MESSAGE(same_bits(one, plus) && same_bits(two, minus),
                                    where(shape, shares, format, cpu, threads));
            });
          }
      }
}

BOOST_AUTO_TEST_CASE(ranges_and_choices_of_rows_of_a_share_are_those_of_the_whole) {
  const Shape shape = Shape::matrix(70, 277);
  const std::vector<std::int64_t> rows{69, 0, 17, 17, 31};
  for (const Distribution distribution : distributions)
    for (const std::uint16_t shares : counts) {
      const Direction direction = share(1, shares, distribution);
      const std::vector<float> theta = numbers(shape.elements(), 1);
      std::vector<float> whole(theta.size());
      perturb(theta.data(), whole.data(), shape, tensor, direction, 0.5f);
      on_all_cpus([&](Cpu, int) {
        const auto row = [&](std::int64_t n) { return whole.begin() + n * 277; };
        std::vector<float> picked(rows.size() * 277), expected;
        for (const std::int64_t n : rows) expected.insert(expected.end(), row(n), row(n + 1));
        perturb_rows(theta.data(), picked.data(), shape, tensor, direction, 0.5f, rows);
        BOOST_TEST(same_bits(picked, expected));
        for (const std::int64_t begin : {0, 15, 40}) {
          const auto size = static_cast<std::size_t>((69 - begin) * 277);
          std::vector<float> one(size), plus(size), minus(size), negative(size);
          perturb_row_range(theta.data(), one.data(), shape, tensor, direction, 0.5f, begin, 69);
          BOOST_TEST(same_bits(one, {row(begin), row(69)}));
          perturb_row_range(theta.data(), negative.data(), shape, tensor, direction, -0.5f, begin,
                            69);
          perturb_both_row_range(theta.data(), plus.data(), minus.data(), shape, tensor, direction,
                                 0.5f, begin, 69);
          BOOST_TEST(same_bits(plus, one));
          BOOST_TEST(same_bits(minus, negative));
        }
      });
    }
}

BOOST_AUTO_TEST_CASE(panels_of_a_share_are_its_rows_packed) {
  for (const std::uint16_t shares : counts)
    for (const std::int64_t columns : {16, 48, 240, 272, 576}) {
      const Shape shape = Shape::matrix(112, columns);
      const std::vector<float> theta = numbers_with_special_ones(shape.elements());
      const Direction direction = share(1, shares, Distribution::Rademacher);
      on_all_cpus([&](Cpu cpu, int) {
        const std::int64_t width = kernel_table().panel_width;
        std::vector<float> plus(static_cast<std::size_t>(width * columns)),
            minus = plus, alone = plus, expected = plus;
        for (std::int64_t begin = 0; begin + width <= 112; begin += 16) {
          BOOST_TEST(perturb_both_panels(theta.data(), plus.data(), minus.data(), shape, tensor,
                                         direction, 0.5f, begin, begin + width));
          BOOST_TEST(perturb_panel(theta.data(), alone.data(), shape, tensor, direction, -0.5f,
                                   begin, begin + width));
          for (const float scale : {0.5f, -0.5f}) {
            std::vector<float> rows(expected.size());
            perturb_row_range(theta.data(), rows.data(), shape, tensor, direction, scale, begin,
                              begin + width);
            for (std::int64_t n = 0; n < width; ++n)
              for (std::int64_t k = 0; k < columns; ++k)
                expected[static_cast<std::size_t>(k * width + n)] =
                    rows[static_cast<std::size_t>(n * columns + k)];
            BOOST_REQUIRE_MESSAGE(same_bits(scale > 0 ? plus : minus, expected),
                                  where(shape, shares, Format::Float32, cpu, 0));
          }
          BOOST_TEST(same_bits(alone, expected));
        }
      });
    }
}

BOOST_AUTO_TEST_CASE(an_update_by_all_shares_gives_each_element_its_term) {
  for (const std::uint16_t shares : counts)
    for (const Distribution distribution : distributions)
      for (const Shape& shape : shapes) {
        const std::vector<Term> terms = all_shares(shares, distribution);
        const PlainZ z({seed, 12, 0, distribution}, shape);
        for (const Format format : formats)
          for (const float limit : limits) {
            const Parameters before(format, numbers_with_special_ones(shape.elements()));
            Parameters expected = before, undecayed = before;
            plain_update_by_shares(expected, shape, terms, z, 1e-3f, limit);
            plain_update_by_shares(undecayed, shape, terms, z, 0, limit);
            on_all_cpus([&](Cpu cpu, int threads) {
              Parameters at_once = before, one_by_one = before;
              update(at_once.stored(), shape, tensor, terms, 1e-3f, limit);
              BOOST_REQUIRE_MESSAGE(at_once == expected,
                                    where(shape, shares, format, cpu, threads));
              if (shares > 17 && format != Format::Float32) return;  // to save time
              for (const Term& term : terms)
                update(one_by_one.stored(), shape, tensor, term.direction, term.coefficient, 0,
                       limit);
              BOOST_REQUIRE_MESSAGE(one_by_one == undecayed,
                                    where(shape, shares, format, cpu, threads));
            });
          }
      }
}

// Steps of all shares, of some, of shares out of order, beside directions without shares.
BOOST_AUTO_TEST_CASE(replayed_steps_are_those_one_by_one_whatever_terms_they_have) {
  for (const Distribution distribution : distributions)
    for (const Shape& shape : shapes) {
      std::vector<std::vector<Term>> terms{all_shares(4, distribution, 1),
                                           {},
                                           all_shares(17, distribution, 2),
                                           all_shares(3, distribution, 3),
                                           all_shares(33, distribution, 4)};
      terms[1] = {terms[0][2]};
      std::swap(terms[3][0], terms[3][1]);
      terms[3].push_back({{seed, 3, 1, Distribution::Binomial}, 0.02f});
      for (const Term& term : all_shares(2, Distribution::Rademacher, 3)) terms[3].push_back(term);
      terms[3].push_back(terms[3].back());  // a share twice
      std::vector<UpdateStep> steps;
      for (const std::vector<Term>& step : terms)
        steps.push_back({step, 1e-3f * static_cast<float>(steps.size())});
      for (const Format format : formats)
        for (const float limit : limits) {
          const Parameters before(format, numbers_with_special_ones(shape.elements()));
          Parameters expected = before;
          for (const UpdateStep& step : steps)
            plain_update(expected, step.terms, plain_z(step.terms, shape), step.decay, limit);
          on_all_cpus([&](Cpu cpu, int threads) {
            Parameters one_by_one = before, at_once = before;
            for (const UpdateStep& step : steps)
              update(one_by_one.stored(), shape, tensor, step.terms, step.decay, limit);
            BOOST_REQUIRE_MESSAGE(one_by_one == expected, where(shape, 0, format, cpu, threads));
            replay(at_once.stored(), shape, tensor, steps, limit);
            BOOST_REQUIRE_MESSAGE(at_once == expected, where(shape, 0, format, cpu, threads));
          });
        }
    }
}

// Several blocks, tiles and threads' parts, and as many shares as there can be.
BOOST_AUTO_TEST_CASE(large_tensors_and_many_shares_follow_the_rule_too) {
  for (const auto& [shape, shares] : {std::pair{Shape::vector(70001), std::uint16_t{17}},
                                      {Shape::vector(33003), std::uint16_t{32767}},
                                      {Shape::matrix(95, 2377), std::uint16_t{128}},
                                      {Shape::matrix(40, 2048), std::uint16_t{1000}}})
    for (const Distribution distribution : distributions) {
      const std::vector<Term> terms = all_shares(shares, distribution);
      const PlainZ whole({seed, 12, 0, distribution}, shape);
      const std::vector<float> start = numbers(shape.elements(), 1);
      std::vector<float> expected, share_alone;
      for (std::size_t i = 0; i < start.size(); ++i) {
        const std::size_t own = share_at(i, shape, shares);
        expected.push_back(std::fma(-terms[own].coefficient, whole.z[i], start[i]));
        share_alone.push_back(own == 1 ? std::fma(0.5f, whole.z[i], start[i]) : start[i]);
      }
      on_all_cpus([&](Cpu cpu, int threads) {
        std::vector<float> theta = start, out(start.size());
        perturb(theta.data(), out.data(), shape, tensor, share(1, shares, distribution), 0.5f);
        BOOST_REQUIRE_MESSAGE(same_bits(out, share_alone),
                              where(shape, shares, Format::Float32, cpu, threads));
        update(theta.data(), shape, tensor, terms, 0);
        BOOST_REQUIRE_MESSAGE(same_bits(theta, expected),
                              where(shape, shares, Format::Float32, cpu, threads));
      });
    }
}
