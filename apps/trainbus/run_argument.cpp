#include "run_argument.hpp"

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/plan/typed_path.hpp"

namespace trainbus::cli {

std::filesystem::path take_run(Call& call, const char* expected) {
  if (call.arguments.empty() || call.arguments.front().starts_with('-'))
    throw UsageError(std::string("expected ") + expected + " directly after the verb", call.verb,
                     "For example: trainbus " + call.verb + " runs/first");
  std::filesystem::path run = typed_path(call.arguments.front(), call.verb);
  call.arguments.erase(call.arguments.begin());
  if (!file_system().exists(run))
    throw UsageError(std::string("there is no such file or folder, expected ") + expected,
                     run.string(), "Give the path that trainbus train printed.");
  return run;
}

}  // namespace trainbus::cli
