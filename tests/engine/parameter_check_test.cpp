// Processes find out that their parameters differ, whatever bit it is.
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "engine/ranks/parameter_check.hpp"
#include "models/weights/parameters.hpp"

using namespace trainbus;

namespace {

// Three parts and a bit: values and residuals, and a vector.
Parameters parameters() {
  return Parameters({{"matrix", {400, 300}}, {"vector", {77}}, {"last", {311, 211}}},
                    kernels::Format::BFloat16Residual);
}

std::uint64_t turns(const Parameters& all) {
  return static_cast<std::uint64_t>(all.bytes() / ranks::part_bytes) + 2;
}

bool differ(const Parameters& a, const Parameters& b) {
  for (std::uint64_t turn = 0; turn < turns(a); ++turn)
    if (ranks::check_of(a, turn) != ranks::check_of(b, turn)) return true;
  return false;
}

void flip(const at::Tensor& tensor, std::size_t byte) {
  static_cast<unsigned char*>(tensor.mutable_data_ptr())[byte] ^= 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parameter_check_test)

BOOST_AUTO_TEST_CASE(equal_parameters_have_equal_checks) {
  BOOST_TEST(!differ(parameters(), parameters()));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_wherever_it_is) {
  const Parameters right = parameters();
  for (ParameterId id = 0; id < right.size(); ++id)
    for (const bool residual : {false, true}) {
      Parameters wrong = parameters();
      const at::Tensor& tensor = residual ? wrong[id].residual : wrong[id].value;
      if (!tensor.defined()) continue;
      for (const std::size_t byte : {std::size_t{0}, tensor.nbytes() / 2, tensor.nbytes() - 1}) {
        flip(tensor, byte);
        BOOST_TEST(differ(right, wrong), right[id].name << ", byte " << byte);
        flip(tensor, byte);
      }
      BOOST_TEST(!differ(right, wrong));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_trained_does_not_count) {
  Parameters right = parameters(), wrong = parameters();
  right[0].trainable = wrong[0].trainable = false;
  flip(wrong[0].value, 5);
  BOOST_TEST(!differ(right, wrong));
}

BOOST_AUTO_TEST_SUITE_END()
