// Golden output: what a person reads, compared with the text that was accepted.
#pragma once

#include <string>
#include <vector>

#include "process.hpp"

namespace trainbus::testing {

// Whether plugins are built with AddressSanitizer: then `plugins check` finds other symbols, other
// memory and other ends of processes than it does for people.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool has_address_sanitizer = true;
#else
inline constexpr bool has_address_sanitizer = false;
#endif

// Runs the launcher and checks exit code, standard output and standard error against
// golden/NAME.txt. With TRAINBUS_ACCEPT in the environment, it writes the file instead
// (tests/accept.sh).
void check_golden(const std::string& name, const std::vector<std::string>& arguments,
                  const Setting& setting = {});

}  // namespace trainbus::testing
