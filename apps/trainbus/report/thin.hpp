// Reduces the number of points, so that a page of long runs opens quickly.
#pragma once

#include <cstddef>
#include <vector>

#include "report/run.hpp"

namespace trainbus::report {

constexpr std::size_t points_per_series = 4000;

// The mean of a range of steps, for smoothing, which extremes alone would bias.
struct Mean {
  double step = 0;  // the last of the range
  double value = 0;
  std::size_t count = 0;  // finite values in it
};

struct Thinned {
  std::vector<std::size_t> kept;  // indices into the series, ascending
  std::vector<Mean> means;        // one per range; empty if every point was kept
};

// Keeps the first and the last point, and from each of equally large ranges the least, the greatest
// and the first point that is not finite. At most `limit` (≥ 8) points.
Thinned thin(const Series& series, std::size_t limit = points_per_series);

}  // namespace trainbus::report
