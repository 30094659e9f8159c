// From the start of the process to the end of the first optimizer step, best of five.
#include <algorithm>

#include "first_step.hpp"
#include "support/smollm2.hpp"
#include "table.hpp"

namespace {

double best_of_five(const std::vector<std::string>& arguments) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i)
    best = std::min(best, trainbus::bench::seconds_to_first_step(arguments));
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  trainbus::bench::Results results(argc, argv);
  results.add("process start to the end of step 1, trivial model",
              best_of_five({"train", "--task", "mlp", "--batch-size", "1"}), "s");
  const std::string data = TRAINBUS_SOURCE_DIR "/.deps/data/rotten_tomatoes.csv";
  results.add("process start to the end of step 1, SmolLM2-135M",
              best_of_five({"train", TRAINBUS_SOURCE_DIR "/apps/rotten_tomatoes.ini", "--model",
                            trainbus::testing::smollm2(), "--task.data", data, "--test", "no"}),
              "s");
}
