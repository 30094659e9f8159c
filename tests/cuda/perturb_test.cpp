// The GPU's perturbed parameters against the CPU's, bit for bit.
#include <cmath>

#include "cuda/parameters.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

namespace {

constexpr std::uint64_t seed = 0xfedcba9876543210ull;

kernels::Direction direction(Kind kind) { return {seed, 9, 2, kind}; }

DeviceVector<cuda::Term> on_device(float scale) {
  return DeviceVector<cuda::Term>({{seed, 9, 2, 0, scale, 0}});
}

std::vector<float> on_cpu(Twin& twin, Kind kind, float scale) {
  std::vector<float> out(twin.count());
  kernels::perturb(twin.stored(), out.data(), twin.shape(), twin.id(), direction(kind), scale);
  return out;
}

std::vector<std::uint16_t> narrowed(const std::vector<float>& x, Format format) {
  std::vector<std::uint16_t> bits(x.size());
  kernels::store(x.data(), {format, bits.data()}, static_cast<std::int64_t>(x.size()));
  return bits;
}

}  // namespace

BOOST_AUTO_TEST_CASE(perturbed_parameters_are_the_cpus_in_every_format,
                     *precondition(a_device_is_there)) {
  for (const Kind kind : kinds)
    for (const Format format : all_formats)
      for (const float factor : {1.0f, -1.0f, 0.0f}) {
        Model model({format});
        const auto term = on_device(1e-3f);
        succeed(cuda::perturb(model.table(), on_gpu(kind), term.data(), factor, nullptr));
        for (Twin& twin : model.twins())
          BOOST_TEST(
              kernels::testing::same_bits(twin.out<float>(), on_cpu(twin, kind, factor * 1e-3f)),
              kind << ", " << format << ", tensor " << twin.id());
      }
}

BOOST_AUTO_TEST_CASE(scratch_of_16_bits_is_the_float32_result_rounded,
                     *precondition(a_device_is_there)) {
  for (const Kind kind : kinds)
    for (const std::size_t offset : {0, 5}) {
      Model model(
          {Format::BFloat16, Format::Float16, Format::BFloat16Residual, Format::BFloat16Split},
          offset);
      const auto term = on_device(1e-3f);
      succeed(cuda::perturb(model.table(false), on_gpu(kind), term.data(), -1, nullptr));
      for (Twin& twin : model.twins()) {
        const Format format = twin.format() == Format::Float16 ? Format::Float16 : Format::BFloat16;
        BOOST_TEST((twin.out<std::uint16_t>() == narrowed(on_cpu(twin, kind, -1e-3f), format)),
                   kind << ", " << twin.format() << ", tensor " << twin.id());
      }
    }
}

BOOST_AUTO_TEST_CASE(rows_are_those_of_the_whole_matrix, *precondition(a_device_is_there)) {
  for (const Kind kind : kinds) {
    Model model(all_formats);
    const cuda::Table& table = model.table();
    const auto term = on_device(2e-3f);
    std::int32_t number = -1;
    for (Twin& twin : model.twins()) {
      ++number;
      if (twin.shape().is_vector()) continue;
      const std::int64_t last = twin.shape().rows() - 1, columns = twin.shape().columns();
      const std::vector<std::int64_t> rows{last, 0, last / 2, last, last + 1, -1};
      const DeviceVector<std::int64_t> device_rows(rows);
      const DeviceVector<float> out(rows.size() * static_cast<std::size_t>(columns));
      succeed(cuda::perturb_rows(table, number, on_gpu(kind), term.data(), -1, device_rows.data(),
                                 static_cast<std::int64_t>(rows.size()), out.data(), nullptr));
      std::vector<float> expected(4 * static_cast<std::size_t>(columns));
      kernels::perturb_rows(twin.stored(), expected.data(), twin.shape(), twin.id(),
                            direction(kind), -2e-3f, {rows.data(), 4});
      std::vector<float> got = out.read();
      for (std::size_t i = expected.size(); i < got.size(); ++i) BOOST_REQUIRE(std::isnan(got[i]));
      got.resize(expected.size());
      BOOST_TEST(kernels::testing::same_bits(got, expected), kind << ", tensor " << twin.id());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_fast_gaussian_is_near_the_portable_one, *precondition(a_device_is_there)) {
  const std::int64_t rows = 1024, columns = 4096;
  const std::vector<float> zeros(static_cast<std::size_t>(rows * columns));
  Twin twin(3, rows, columns, Format::Float32, zeros);
  cuda::Table table = cuda::lay_out({twin.tensor()});
  const DeviceVector<cuda::TableEntry> entries(table.host_entries);
  table.entries = entries.data();
  const auto term = on_device(1);
  succeed(cuda::perturb(table, cuda::Distribution::FastGaussian, term.data(), 1, nullptr));
  const std::vector<float> fast = twin.out<float>(), exact = on_cpu(twin, Kind::Gaussian, 1);
  double worst = 0;
  for (std::size_t i = 0; i < fast.size(); ++i)
    worst = std::max(worst, std::abs(double{fast[i]} - exact[i]));
  BOOST_TEST(worst > 0);
  BOOST_TEST(worst < 1e-4);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_perturbed_is_refused, *precondition(a_device_is_there)) {
  Model model(all_formats);
  const auto term = on_device(1);
  cuda::Table table = model.table();
  table.host_entries[0].tensor.out = nullptr;
  BOOST_TEST(cuda::perturb(table, cuda::Distribution::Rademacher, term.data(), 1, nullptr) ==
             cudaErrorInvalidValue);
  BOOST_TEST(cuda::perturb_rows(table, 0, cuda::Distribution::Rademacher, term.data(), 1, nullptr,
                                1, nullptr, nullptr) == cudaErrorInvalidValue);  // a vector
  BOOST_TEST(cuda::perturb_rows(table, 99, cuda::Distribution::Rademacher, term.data(), 1, nullptr,
                                1, nullptr, nullptr) == cudaErrorInvalidValue);
}
