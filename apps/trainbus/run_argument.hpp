// The run that is given directly after a verb.
#pragma once

#include <filesystem>

#include "verb.hpp"

namespace trainbus::cli {

// Removes it from the arguments. expected: the kinds of file, for messages. Throws UsageError if it
// is missing or does not exist.
std::filesystem::path take_run(Call& call, const char* expected);

}  // namespace trainbus::cli
