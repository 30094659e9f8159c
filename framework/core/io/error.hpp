// The three exceptions of trainbus. Each says what was found and expected, where, and what to do.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Base of all errors that trainbus throws. what() is one line: "where: what. remedy".
class TRAINBUS_EXPORT Error : public std::runtime_error {
 public:
  // what: what was found and what was expected. where: file, option or object; may be empty.
  // remedy: what the reader can do; may be empty.
  Error(std::string_view what, std::string_view where, std::string_view remedy);
  ~Error() override;
};

// The user's input is invalid: refused before step 0, exit code 2.
class TRAINBUS_EXPORT UsageError : public Error {
 public:
  using Error::Error;
  ~UsageError() override;
};

// A plugin cannot be loaded or created, or broke its contract: exit code 2 before step 0.
class TRAINBUS_EXPORT PluginError : public Error {
 public:
  using Error::Error;
  ~PluginError() override;
};

// Something failed while running: exit code 1.
class TRAINBUS_EXPORT RunError : public Error {
 public:
  using Error::Error;
  ~RunError() override;
};

// "Did you mean 'X'?", naming the candidate nearest to name by edit distance; empty if none is
// near.
TRAINBUS_EXPORT std::string did_you_mean(std::string_view name,
                                         std::span<const std::string> candidates);

}  // namespace trainbus
