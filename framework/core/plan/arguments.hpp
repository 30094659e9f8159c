// Command-line tokens as name-value pairs, read by Boost.Program_options with guessing off.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

struct Argument {
  std::string name;   // without the dashes: "mezo.lr"
  std::string value;  // as typed; "true" for a bool given without one
};

// Reads `--NAME VALUE` and `--NAME=VALUE` for the known options, whose names are full ("mezo.lr").
// An empty value is written `--NAME ""`. Throws UsageError for an unknown option (naming the
// nearest), a missing value, one given twice that is not repeatable, or a stray word.
TRAINBUS_EXPORT std::vector<Argument> parse_arguments(std::span<const std::string> arguments,
                                                      std::span<const Option> known);

// The same, but ignores unknown options: for the first pass, before plugins are loaded.
TRAINBUS_EXPORT std::vector<Argument> parse_known_arguments(std::span<const std::string> arguments,
                                                            std::span<const Option> known);

// The options with their full names, "mezo.lr" for prefix "mezo".
TRAINBUS_EXPORT std::vector<Option> with_prefix(const std::string& prefix,
                                                std::span<const Option> options);

}  // namespace trainbus
