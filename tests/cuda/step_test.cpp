// A step's numbers on the GPU are those of the host, bit for bit.
#include "cuda/step.hpp"

#include <cmath>
#include <cstring>

#include "cuda/device.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

namespace {

constexpr std::int32_t directions = 3, micro_batches = 2;

// The memory of a step as one block, on either side.
struct Memory {
  device::StepInput input{};
  double shares[micro_batches]{};
  float losses[directions * micro_batches * 2]{};
  device::Term perturbations[directions]{}, terms[directions]{};
  device::DeviceUpdate update[2]{};
  double means[2 * directions]{};
  float coefficients[directions]{};
  device::StepVerdict verdict{};

  device::StepNumbers numbers() {
    return {&input, shares, losses, perturbations, terms, update, means, coefficients, &verdict};
  }
};

Memory filled(float last_loss) {
  Memory memory;
  memory.input = {0x0123456789abcdefull, 77, 0, 3.7e-4};
  memory.shares[0] = 0.3;
  memory.shares[1] = 0.7;
  for (int i = 0; i < directions * micro_batches * 2; ++i)
    memory.losses[i] = 0.7f + 0.0013f * static_cast<float>(i * i % 7);
  memory.losses[directions * micro_batches * 2 - 1] = last_loss;
  return memory;
}

Memory on_host(Memory memory, const device::Rule& rule) {
  device::set_perturbations(rule, memory.numbers());
  device::set_update(rule, memory.numbers());
  return memory;
}

Memory on_device(const Memory& memory, const device::Rule& rule) {
  const DeviceVector<Memory> there(std::vector<Memory>{memory});
  succeed(cuda::begin_step(rule, there.data()->numbers(), nullptr));
  succeed(cuda::end_step(rule, there.data()->numbers(), nullptr));
  succeed(cudaDeviceSynchronize());
  return there.read().front();
}

template <class T>
bool same_bits(const T& a, const T& b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(coefficients_have_the_bits_of_the_host, *precondition(a_device_is_there)) {
  for (const bool sign : {false, true})
    for (const double clip : {double{INFINITY}, 0.5}) {
      const device::Rule rule{1e-3, 0.1, clip, directions, micro_batches, sign};
      const Memory start = filled(0.9f), here = on_host(start, rule),
                   there = on_device(start, rule);
      BOOST_TEST(same_bits(here.perturbations, there.perturbations));
      BOOST_TEST(same_bits(here.terms, there.terms));
      BOOST_TEST(same_bits(here.update, there.update));
      BOOST_TEST(same_bits(here.means, there.means));
      BOOST_TEST(same_bits(here.coefficients, there.coefficients));
      BOOST_TEST(there.verdict.skipped == 0);
      BOOST_TEST(there.verdict.decay == here.verdict.decay);
      BOOST_TEST(there.coefficients[0] != 0);
    }
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_skips_the_update, *precondition(a_device_is_there)) {
  const device::Rule rule{1e-3, 0.1, INFINITY, directions, micro_batches, false};
  for (const float loss : {NAN, INFINITY}) {
    const Memory there = on_device(filled(loss), rule);
    BOOST_TEST(there.verdict.skipped == 1);
    for (int d = 0; d < directions; ++d) {
      BOOST_TEST(there.coefficients[d] == 0);
      BOOST_TEST(std::isnan(there.terms[d].coefficient));
    }
  }
}
