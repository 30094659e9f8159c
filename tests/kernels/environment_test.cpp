// TRAINBUS_CPU is read once in a process, so each attempt is a process of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "kernels/cpu.hpp"

using namespace trainbus::kernels;

namespace {

constexpr int refused = 100;

// The instruction set in use when TRAINBUS_CPU is `value`, as a number, or `refused`.
int cpu_with(const char* value) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("TRAINBUS_CPU", value, 1);
    try {
      _exit(static_cast<int>(cpu()));
    } catch (const trainbus::UsageError& error) {
      _exit(std::string(error.what()).find("TRAINBUS_CPU") != std::string::npos ? refused
                                                                                : refused + 1);
    }
  }
  int status = 0;
  BOOST_REQUIRE(waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_environment_chooses_the_instruction_set) {
  BOOST_TEST(cpu_with("") == static_cast<int>(best_cpu()));
  for (const Cpu choice : {Cpu::Scalar, Cpu::Avx2, Cpu::Avx512}) {
    const int expected = choice <= best_cpu() ? static_cast<int>(choice) : refused;
    BOOST_TEST(cpu_with(std::string(cpu_name(choice)).c_str()) == expected);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_instruction_set_in_the_environment_is_refused) {
  BOOST_TEST(cpu_with("sse9") == refused);
  BOOST_TEST(cpu_with("AVX2") == refused);
}
