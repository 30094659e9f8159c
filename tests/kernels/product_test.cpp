#include "kernels/product.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"
#include "kernels/perturb.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

// Matrices in memory, one per side. They are passed in place, or copied as if just computed.
class Matrices final : public MatrixRows {
 public:
  Matrices(const ProductShape& shape, bool copied)
      : shape_(shape),
        copied_(copied),
        values_(numbers(shape.sides * shape.outputs * shape.inputs, 7)) {}

  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override {
    for (std::int64_t s = 0; s < shape_.sides; ++s) {
      side[s] = values_.data() + (s * shape_.outputs + begin) * shape_.inputs;
      if (!copied_) continue;
      const std::int64_t count = (end - begin) * shape_.inputs;
      side[s] = std::copy_n(side[s], count, scratch) - count;
      scratch += count;
    }
  }
  double at(std::int64_t side, std::int64_t n, std::int64_t k) const {
    return values_[static_cast<std::size_t>((side * shape_.outputs + n) * shape_.inputs + k)];
  }

 private:
  ProductShape shape_;
  bool copied_;
  std::vector<float> values_;
};

std::vector<double> reference(const ProductShape& p, const std::vector<float>& x, const Matrices& w,
                              const std::vector<float>& bias, const std::vector<float>& y) {
  std::vector<double> out(y.begin(), y.end());
  for (std::int64_t s = 0; s < p.sides; ++s)
    for (std::int64_t m = 0; m < p.tokens; ++m)
      for (std::int64_t n = 0; n < p.outputs; ++n) {
        double& sum = out[static_cast<std::size_t>((s * p.tokens + m) * p.outputs + n)];
        if (!bias.empty()) sum += bias[static_cast<std::size_t>(s * p.outputs + n)];
        for (std::int64_t k = 0; k < p.inputs; ++k)
          sum += x[static_cast<std::size_t>((s * p.tokens + m) * p.inputs + k)] * w.at(s, n, k);
      }
  return out;
}

const ProductShape shapes[] = {
    {1, 1, 1, 1},      {1, 7, 5, 3},      {1, 8, 48, 16},  {1, 9, 49, 17},  {1, 97, 95, 191},
    {2, 5, 96, 193},   {1, 96, 200, 192}, {1, 3, 33, 400}, {2, 40, 64, 31}, {1, 200, 145, 385},
    {1, 17, 576, 576}, {1, 4, 0, 16},     {2, 0, 48, 16},
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_product_equals_its_definition_at_the_borders_of_all_blocks) {
  for (const ProductShape& shape : shapes) {
    const std::vector<float> x = numbers(shape.sides * shape.tokens * shape.inputs, 1);
    const std::int64_t outputs = shape.sides * shape.tokens * shape.outputs;
    for (const bool with_bias : {false, true})
      for (const bool accumulate : {false, true}) {
        const Matrices w(shape, with_bias);
        const std::vector<float> bias =
            with_bias ? numbers(shape.sides * shape.outputs, 2) : std::vector<float>();
        const std::vector<float> before =
            accumulate ? numbers(outputs, 3)
                       : std::vector<float>(static_cast<std::size_t>(outputs));
        const std::vector<double> expected = reference(shape, x, w, bias, before);
        for (const Cpu cpu : all_cpus()) {
          const Using setting(cpu, 2);
          // What is not accumulated to may hold anything.
          std::vector<float> y =
              accumulate ? before : std::vector<float>(before.size(), std::nanf(""));
          product(shape, x.data(), w, with_bias ? bias.data() : nullptr, accumulate, y.data());
          if (!y.empty())
            BOOST_TEST(relative_distance(y, expected) < 2e-6,
                       "on " << cpu << ", " << shape.tokens << " tokens");
        }
      }
  }
}

BOOST_AUTO_TEST_CASE(a_product_has_the_same_bits_on_one_thread_and_on_several) {
  const ProductShape shape{1, 101, 1000, 577};
  const std::vector<float> x = numbers(shape.tokens * shape.inputs, 1);
  const Matrices w(shape, true);
  for (const Cpu cpu : all_cpus()) {
    std::vector<float> one(static_cast<std::size_t>(shape.tokens * shape.outputs)), several = one;
    {
      const Using setting(cpu, 1);
      product(shape, x.data(), w, nullptr, false, one.data());
    }
    for (const int threads : {2, 3}) {
      const Using setting(cpu, threads);
      product(shape, x.data(), w, nullptr, false, several.data());
      BOOST_TEST(std::memcmp(one.data(), several.data(), one.size() * 4) == 0, cpu);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_token_s_outputs_do_not_depend_on_the_tokens_beside_it) {
  const ProductShape all{1, 100, 130, 300}, alone{1, 1, 130, 300};
  const std::vector<float> x = numbers(all.tokens * all.inputs, 1);
  const Matrices w(all, false);
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu, 2);
    std::vector<float> y(static_cast<std::size_t>(all.tokens * all.outputs)), row(130);
    product(all, x.data(), w, nullptr, false, y.data());
    for (const std::int64_t token : {0, 7, 95, 96, 99}) {
      product(alone, x.data() + token * all.inputs, w, nullptr, false, row.data());
      BOOST_TEST(std::memcmp(row.data(), y.data() + token * all.outputs, row.size() * 4) == 0, cpu);
    }
  }
}

namespace {

// θ + scale·z, and of two sides θ − scale·z, as a model's weights give it, with or without the
// short cut to panels.
class Perturbed final : public MatrixRows {
 public:
  Perturbed(const Shape& shape, std::int64_t sides, bool short_cut)
      : shape_(shape), sides_(sides), short_cut_(short_cut), theta_(numbers(shape.elements(), 5)) {}

  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override {
    for (std::int64_t s = 0; s < sides_; ++s) {
      float* out = scratch + s * (end - begin) * shape_.columns();
      perturb_row_range(theta_.data(), out, shape_, 3, direction_, s == 0 ? 0.25f : -0.25f, begin,
                        end);
      side[s] = out;
    }
  }
  bool panels(std::int64_t begin, std::int64_t end, float* const* side) const override {
    if (!short_cut_) return false;
    const bool taken = sides_ == 1 ? perturb_panel(theta_.data(), side[0], shape_, 3, direction_,
                                                   0.25f, begin, end)
                                   : perturb_both_panels(theta_.data(), side[0], side[1], shape_, 3,
                                                         direction_, 0.25f, begin, end);
    if (taken) ++taken_;
    return taken;
  }
  int taken() const { return taken_; }

 private:
  Shape shape_;
  std::int64_t sides_;
  bool short_cut_;
  std::vector<float> theta_;
  Direction direction_{.seed = 9, .step = 4};
  mutable std::atomic<int> taken_ = 0;
};

void check_panels(std::int64_t outputs, std::int64_t inputs, std::int64_t sides) {
  const ProductShape shape{sides, 19, outputs, inputs};
  const Shape matrix = Shape::matrix(outputs, inputs);
  const std::vector<float> x = numbers(sides * shape.tokens * shape.inputs, 1);
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu, 2);
    std::vector<float> by_rows(static_cast<std::size_t>(sides * shape.tokens * outputs)),
        by_panels = by_rows;
    const Perturbed rows(matrix, sides, false), panels(matrix, sides, true);
    product(shape, x.data(), rows, nullptr, false, by_rows.data());
    product(shape, x.data(), panels, nullptr, false, by_panels.data());
    BOOST_TEST(std::memcmp(by_rows.data(), by_panels.data(), by_rows.size() * 4) == 0, cpu);
    BOOST_TEST((panels.taken() > 0) == (inputs % 16 == 0 || cpu == Cpu::Scalar), cpu);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(panels_perturbed_in_one_go_have_the_bits_of_rows_perturbed_and_packed) {
  for (const auto& [outputs, inputs] : {std::pair<std::int64_t, std::int64_t>{192, 576},
                                        {96, 16},
                                        {144, 272},
                                        {250, 512},
                                        {96, 77}})
    for (const std::int64_t sides : {1, 2}) check_panels(outputs, inputs, sides);
}

BOOST_AUTO_TEST_CASE(a_product_of_more_sides_than_there_is_room_for_is_refused) {
  for (const std::int64_t sides : {0, 3, -1}) {
    const ProductShape shape{sides, 1, 1, 1};
    const Matrices w({1, 1, 1, 1}, false);
    float x = 1, y = 0;
    BOOST_CHECK_THROW(product(shape, &x, w, nullptr, false, &y), trainbus::RunError);
  }
}
