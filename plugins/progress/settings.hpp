// What the user wants: the plugin's options, and tqdm's environment where an option was left at its
// default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <trainbus/plugin.hpp>

#include "running_bar.hpp"

namespace trainbus::progress {

inline constexpr Option kOptions[] = {
    {"desc", "text", "Training", "what stands before the bar"},
    {.name = "min-interval",
     .type = "duration",
     .fallback = "100ms",
     .help = "shortest time between two draws (or TQDM_MININTERVAL)",
     .min = 0,
     .max = 86400},
    {.name = "width",
     .type = "int",
     .fallback = "0",
     .help = "cells that the line may fill (or TQDM_NCOLS), 0 follows the terminal",
     .min = 0,
     .max = 10000},
    {"ascii",
     "choice",
     "auto",
     "draw with digits instead of blocks (or TQDM_ASCII)",
     {"auto", "yes", "no"}},
    {.name = "smoothing",
     .type = "real",
     .fallback = "0.3",
     .help = "weight of the newest rate, 0 shows the average of the run",
     .min = 0,
     .max = 1},
    {.name = "plain-interval",
     .type = "duration",
     .fallback = "30s",
     .help = "shortest time between two lines where none can be redrawn",
     .min = 0,
     .max = 86400},
    {"show", "text", "", "further metrics to show, as grad_norm,eval/accuracy"},
};

struct Settings {
  bool disabled = false;  // TQDM_DISABLE, or a host that has no terminal
  BarSettings bar;        // prefix, smoothing, min_interval_ns and ascii
  std::int64_t plain_interval_ns = 0;
  std::size_t width = 0;  // 0: the terminal's
  bool has_bar = true;

  // columns: of the terminal now; 0: unknown.
  Room room(std::size_t columns) const;
};

// Warns about variables that it cannot use.
Settings read_settings(const Host& host);

std::int64_t nanoseconds(double seconds);

// "Training", and "Training (attempt 3)" for a run that was resumed.
std::string with_attempt(std::string prefix, std::uint32_t attempt);

}  // namespace trainbus::progress
