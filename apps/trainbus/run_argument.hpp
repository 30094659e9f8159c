// The run that a verb is about, named directly after it.
#pragma once

#include <filesystem>

#include "verb.hpp"

namespace trainbus::cli {

// Taken off the arguments. expected: what it may be, for messages. Throws UsageError if there is
// none, or no such file or folder.
std::filesystem::path take_run(Call& call, const char* expected);

}  // namespace trainbus::cli
