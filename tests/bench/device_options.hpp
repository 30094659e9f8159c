// The options of device_bench.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace trainbus::bench {

struct DeviceOptions {
  std::string device = "cuda";
  std::vector<std::string> models;  // empty: all that there is for the device
  std::vector<std::int64_t> tokens = {512, 1024};
  int rounds = 7;
  bool help = false;
};

// Tokens come as this many sequences of one length.
inline constexpr std::int64_t sequences = 16;

extern const char* const device_usage;

// arguments: without the program's name; --json FILE is left to Results. Throws UsageError.
DeviceOptions parse_device_options(std::span<char*> arguments);

}  // namespace trainbus::bench
