#include "kernels/cpu.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

BOOST_AUTO_TEST_CASE(an_instruction_set_can_be_chosen_and_has_a_name) {
  for (const Cpu choice : all_cpus()) {
    const Using setting(choice);
    BOOST_TEST(cpu() == choice);
  }
  BOOST_TEST(cpu_name(Cpu::Scalar) == "scalar");
  BOOST_TEST(cpu_name(Cpu::Avx2) == "avx2");
  BOOST_TEST(cpu_name(Cpu::Avx512) == "avx512");
}

BOOST_AUTO_TEST_CASE(an_instruction_set_that_the_processor_lacks_is_refused,
                     *boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
                       return boost::test_tools::assertion_result(best_cpu() != Cpu::Avx512);
                     })) {
  BOOST_CHECK_THROW(use_cpu(Cpu::Avx512), trainbus::UsageError);
}
