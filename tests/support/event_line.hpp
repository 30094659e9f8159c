// An event as text: everything that must be equal when a run is resumed or moved.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include "core/bus/event.hpp"

namespace trainbus::testing {

// Without what is measured: times and speeds.
inline std::string line_of(const Event& e) {
  std::string line = std::to_string(e.epoch) + " " + std::to_string(e.step) + " " +
                     std::string(event_name(e.kind)) + " " + e.text;
  for (const tb_scalar& s : e.scalars)
    if (const std::string name(s.name.data, s.name.size);
        name != "tokens_per_s" && name != "seconds")
      line += " " + name + "=" + std::to_string(s.value) + "/" +
              std::to_string(std::bit_cast<std::uint64_t>(s.value));
  return line;
}

}  // namespace trainbus::testing
