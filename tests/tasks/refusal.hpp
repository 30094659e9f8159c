// Checks that a call is refused with a message.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "core/io/error.hpp"

namespace trainbus::testing {

// The message of the ErrorType that action throws; fails the test and returns "" if it throws none.
template <class ErrorType = UsageError, class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const ErrorType& error) {
    return error.what();
  }
  BOOST_ERROR("nothing was refused");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace trainbus::testing
