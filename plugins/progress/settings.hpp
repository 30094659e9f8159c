// The settings: the plugin's options, and tqdm's environment for options that have their default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <trainbus/plugin.hpp>

#include "running_bar.hpp"

namespace trainbus::progress {

inline constexpr Option kOptions[] = {
    option::text("desc", "Training", "the text before the bar"),
    option::duration("min-interval", "100ms",
                     "shortest time between two draws (or TQDM_MININTERVAL)")
        .min(0)
        .max(86400),
    option::integer("width", "0",
                    "cells that the line may fill (or TQDM_NCOLS), 0 follows the terminal")
        .min(0)
        .max(10000),
    option::choice("ascii", "auto", "draw with digits instead of blocks (or TQDM_ASCII)",
                   {"auto", "yes", "no"}),
    option::real("smoothing", "0.3", "weight of the newest rate, 0 shows the average of the run")
        .min(0)
        .max(1),
    option::duration("plain-interval", "",
                     "time between two lines where none can be redrawn (or TQDM_MININTERVAL); "
                     "without: every 5 %, at most every 30s and at least every 3m")
        .min(0)
        .max(86400),
    option::text("show", "", "further metrics to show, as grad_norm,eval/accuracy"),
};

struct Settings {
  bool disabled = false;  // TQDM_DISABLE, or a host that has no terminal
  BarSettings bar;        // prefix, smoothing, min_interval_ns and ascii
  // Between two lines where none can be redrawn: a line is written after the second time, and after
  // the first one if 5 % more of the steps are done.
  std::int64_t plain_interval_ns = 0, longest_silence_ns = 0;
  std::size_t width = 0;  // 0: the terminal's
  bool has_bar = true;

  // columns: of the terminal now; 0: unknown.
  Room room(std::size_t columns) const;
};

// Warns about variables with unusable values.
Settings read_settings(const Host& host);

std::int64_t nanoseconds(double seconds);

// "Training", and "Training (attempt 3)" for a run that was resumed.
std::string with_attempt(std::string prefix, std::uint32_t attempt);

}  // namespace trainbus::progress
