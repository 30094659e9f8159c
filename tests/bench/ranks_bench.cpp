// Many processes train one model. First the leader's rules with simulated workers, up to 10,000.
//   --message-us X  of the leader's processor time for each message, sent or received: 13.5
//   --restart-s X   that it takes to resume a run whose step cannot be finished: 30
#include <cstdlib>
#include <cstring>

#include "ranks_simulation.hpp"

namespace {

double option(int argc, char** argv, const char* name, double otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], name)) return std::strtod(argv[i + 1], nullptr);
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  trainbus::bench::Results results(argc, argv);
  trainbus::bench::simulate_all(results, option(argc, argv, "--message-us", 13.5) * 1e-6,
                                option(argc, argv, "--restart-s", 30));
  // Measurements of real processes follow here.
}
