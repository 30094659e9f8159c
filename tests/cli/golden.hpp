// Golden output: the output for users, compared with the accepted text.
#pragma once

#include <string>
#include <vector>

#include "process.hpp"

namespace trainbus::testing {

// Runs the launcher and checks exit code, standard output and standard error against
// golden/NAME.txt. With TRAINBUS_ACCEPT in the environment, it writes the file instead
// (tests/accept.sh).
void check_golden(const std::string& name, const std::vector<std::string>& arguments,
                  const Setting& setting = {});

}  // namespace trainbus::testing
