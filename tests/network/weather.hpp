#pragma once

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace trainbus::testing {

/// The text as a number from `least` to `most`, which nothing follows. Throws
/// std::invalid_argument.
template <typename Number>
Number number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(value >= least && value <= most))
    throw std::invalid_argument("'" + std::string(text) + "' is no number from " +
                                std::to_string(least) + " to " + std::to_string(most));
  return value;
}

/// What happens to packets between namespaces.
struct Weather {
  double delay_ms = 0, jitter_ms = 0, loss = 0;
  std::vector<bool> cut;  ///< by namespace

  /// command: a line of relay.cpp's head, "delay 25". Throws std::invalid_argument.
  void change(std::string_view command) {
    const std::size_t space = command.find(' ');
    const std::string_view name = command.substr(0, space);
    const std::string_view value = space == command.npos ? "" : command.substr(space + 1);
    if (name == "delay") {
      delay_ms = number(value, 0.0, 60000.0);
    } else if (name == "jitter") {
      jitter_ms = number(value, 0.0, 60000.0);
    } else if (name == "loss") {
      loss = number(value, 0.0, 1.0);
    } else if (name == "cut" || name == "heal") {
      cut[number<std::size_t>(value, 0, cut.size() - 1)] = name == "cut";
    } else {
      throw std::invalid_argument("there is no command '" + std::string(name) +
                                  "'; delay, jitter, loss, cut and heal are");
    }
  }
};

}  // namespace trainbus::testing
