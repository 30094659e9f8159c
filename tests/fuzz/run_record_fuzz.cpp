// A run's run.json: its options, changes of options, and an attempt's additions.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_attempts.hpp"
#include "fuzz/input_file.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  try {
    if (recorded_options(text, "run.json").sections.empty()) std::abort();
    changes_since(text, RunSpec{});
  } catch (const UsageError&) {
  }
  try {
    with_end(with_attempt(text, text, {.text = "{}"}), {});
    with_end(text, {});
  } catch (const RunError&) {
  }
  return 0;
}
