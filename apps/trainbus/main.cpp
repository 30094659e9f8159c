#include <cstdio>
#include <cstdlib>

#include "cli.hpp"
#include "core/io/standard_descriptors.hpp"
#include "core/reward/reward.hpp"

int main(int argc, char** argv) {
  trainbus::open_standard_descriptors();
  const int code = trainbus::cli::run({argv + 1, argv + argc}, TRAINBUS_ENGINE_TAG);
  // A call that hangs may use what the end of the process would destroy.
  if (trainbus::a_reward_still_runs()) {
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
