// The line of a progress bar, byte for byte as tqdm 4.69 renders it (tqdm/std.py, format_meter).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trainbus::progress {

// A bar of `cells` cells of which `fraction`, in 0..1, is filled: eighths of a block, or tenths
// written as digits in ASCII.
std::string bar(double fraction, std::size_t cells, bool ascii);

struct Meter {
  std::uint64_t n = 0;                 // done, counted from 0 for every `initial`
  std::optional<std::uint64_t> total;  // unknown, 0 or less than n: no bar, no remaining time
  std::uint64_t initial = 0;           // n when elapsed_s was 0
  double elapsed_s = 0;
  double due_s = 0;                  // time of the evaluations to come
  std::optional<double> rate;        // per second; default: the average, (n - initial) / elapsed
  std::optional<std::size_t> width;  // cells of the whole line; 0: no bar; default: 10 bar cells
  std::string_view prefix, postfix;  // "Training"; "loss=2.3456, lr=1.00e-04"
  std::string_view unit = "it";
  bool unit_scale = false;  // n, total and rate with SI prefixes
  bool ascii = false;
};

// "Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, lr=1.00e-04]", cut on
// the right if even a bar of one cell does not fit.
std::string format_meter(const Meter& meter);

// Where a line is shown.
struct Room {
  std::optional<std::size_t> cells;  // unknown: 10 bar cells, and everything is shown
  bool bar = true;
};

// The line for this width, with notes ("loss=2.3456") as its postfix. Where tqdm cuts them, whole
// notes are left out, the last first, since half a number would be wrong.
std::string format_line(Meter meter, std::span<const std::string> notes, const Room& room);

}  // namespace trainbus::progress
