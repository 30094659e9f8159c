// A terminal service (trainbus.terminal/1) that records what was drawn.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace trainbus::testing {

struct FakeTerminal {
  // The values that the observer gets.
  std::uint32_t flags = TB_TERMINAL_INTERACTIVE | TB_TERMINAL_UNICODE;
  std::uint32_t columns = 79;

  // The recorded output: the current live lines, every set_live in order, the lasting lines.
  std::map<std::uint32_t, std::string> live;
  std::vector<std::pair<std::uint32_t, std::string>> draws;
  std::vector<std::string> printed;
};

}  // namespace trainbus::testing
