// Products of a few tokens, which read W where it lies, against those of many, to the bit.
#include <bit>
#include <boost/test/unit_test.hpp>

#include "kernels/kernels_test_support.hpp"
#include "kernels/product.hpp"
#include "kernels/storage.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

// How a product gets at its matrix.
enum class Way { InPlace, InPlaceAsBfloat16, Copied };

class Source final : public MatrixRows {
 public:
  Source(const ProductShape& shape, Way way)
      : shape_(shape), way_(way), values_(numbers(shape.sides * shape.outputs * shape.inputs, 7)) {
    if (way != Way::InPlaceAsBfloat16) return;
    halves_.resize(values_.size());
    const auto count = static_cast<std::int64_t>(values_.size());
    store(values_.data(), {Format::BFloat16, halves_.data()}, count);
    load({Format::BFloat16, halves_.data()}, values_.data(), count);
  }
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override {
    for (std::int64_t s = 0; s < shape_.sides; ++s) {
      side[s] = values_.data() + (s * shape_.outputs + begin) * shape_.inputs;
      if (way_ != Way::Copied) continue;
      const std::int64_t count = (end - begin) * shape_.inputs;
      side[s] = std::copy_n(side[s], count, scratch) - count;
      scratch += count;
    }
  }
  Memory source(std::int64_t begin, std::int64_t end) const override {
    if (way_ == Way::Copied) return {};
    const std::int64_t count = (end - begin) * shape_.inputs;
    if (way_ == Way::InPlaceAsBfloat16)
      return {halves_.data() + begin * shape_.inputs, 2 * count, true};
    return {values_.data() + begin * shape_.inputs, 4 * count};
  }
  bool is_source() const override { return way_ == Way::InPlace || way_ == Way::InPlaceAsBfloat16; }

 private:
  ProductShape shape_;
  Way way_;
  std::vector<float> values_;
  std::vector<std::uint16_t> halves_;
};

// The rows of the first `few` of `many` tokens in the product of the few, and of all.
void check(const ProductShape& many, std::int64_t few, Way way, bool extras) {
  ProductShape shape = many;
  shape.tokens = few;
  const Source w(many, way);
  const std::vector<float> x = numbers(many.sides * many.tokens * many.inputs, 1);
  const std::vector<float> bias = numbers(many.sides * many.outputs, 2);
  std::vector<float> all = numbers(many.sides * many.tokens * many.outputs, 3), y, of_few;
  for (std::int64_t s = 0; s < many.sides; ++s) {
    const auto first = [&](const std::vector<float>& v, std::int64_t width) {
      return v.begin() + s * many.tokens * width;
    };
    of_few.insert(of_few.end(), first(x, many.inputs), first(x, many.inputs) + few * many.inputs);
    y.insert(y.end(), first(all, many.outputs), first(all, many.outputs) + few * many.outputs);
  }
  product(many, x.data(), w, extras ? bias.data() : nullptr, extras, all.data());
  product(shape, of_few.data(), w, extras ? bias.data() : nullptr, extras, y.data());
  for (std::int64_t s = 0; s < many.sides; ++s)
    for (std::int64_t i = 0; i < few * many.outputs; ++i)
      if (std::bit_cast<std::uint32_t>(y[static_cast<std::size_t>(s * few * many.outputs + i)]) !=
          std::bit_cast<std::uint32_t>(
              all[static_cast<std::size_t>(s * many.tokens * many.outputs + i)])) {
        BOOST_ERROR("output " << i << " of side " << s << " differs: " << few << " tokens, "
                              << many.outputs << " x " << many.inputs);
        return;
      }
}

}  // namespace

BOOST_AUTO_TEST_CASE(few_tokens_have_the_bits_that_they_have_among_many) {
  for (const Cpu cpu : all_cpus())
    for (const int threads : {1, 2}) {
      const Using setting(cpu, threads);
      for (const std::int64_t outputs : {1, 15, 16, 17, 47, 48, 49, 96, 145, 300})
        for (const std::int64_t inputs : {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 193, 576})
          for (const Way way : {Way::InPlace, Way::InPlaceAsBfloat16, Way::Copied})
            for (const std::int64_t few : {1, 3, 8, 9})
              check({1, 30, outputs, inputs}, few, way, few == 3);
    }
}

BOOST_AUTO_TEST_CASE(every_number_of_few_tokens_and_both_sides_are_computed) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    for (std::int64_t few = 1; few <= 12; ++few)
      for (const bool extras : {false, true}) {
        for (const Way way : {Way::InPlace, Way::InPlaceAsBfloat16, Way::Copied})
          check({1, 20, 100, 200}, few, way, extras);
        check({2, 20, 100, 200}, few, Way::Copied, extras);
      }
  }
}
