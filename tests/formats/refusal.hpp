// Checks that a call is refused with a message that contains the expected text.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "core/io/error.hpp"

namespace trainbus::testing {

template <typename Call>
void check_refusal(Call&& call, std::string_view expected) {
  try {
    call();
    BOOST_ERROR("was accepted, expected a refusal with: " << expected);
  } catch (const UsageError& error) {
    BOOST_CHECK_MESSAGE(std::string(error.what()).find(expected) != std::string::npos,
                        "\"" << error.what() << "\" does not say \"" << expected << "\"");
  }
}

}  // namespace trainbus::testing
