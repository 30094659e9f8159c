// Fewer points for drawing, so that a page of long runs opens quickly.
#pragma once

#include <cstddef>
#include <vector>

#include "report/run.hpp"

namespace trainbus::report {

constexpr std::size_t points_per_series = 4000;

// The mean of a stretch of steps, which smoothing needs: extremes alone would bias it.
struct Mean {
  double step = 0;  // the last of the stretch
  double value = 0;
  std::size_t count = 0;  // finite values in it
};

struct Thinned {
  std::vector<std::size_t> kept;  // indices into the series, rising
  std::vector<Mean> means;        // one a stretch; empty if every point was kept
};

// Keeps the first and the last point, and of each of equally many-pointed stretches the least, the
// greatest and the first that is not finite. At most `limit` (≥ 8) points.
Thinned thin(const Series& series, std::size_t limit = points_per_series);

}  // namespace trainbus::report
