#include "report/thin.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trainbus::report {
namespace {

struct Stretch {
  std::vector<std::size_t> kept;
  Mean mean;
};

Stretch look_at(const Series& series, std::size_t begin, std::size_t end) {
  Stretch stretch;
  const std::size_t none = end;
  std::size_t least = none, greatest = none, odd = none;
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double value = series.value[i];
    if (!std::isfinite(value)) {
      if (odd == none) odd = i;
      continue;
    }
    if (least == none || value < series.value[least]) least = i;
    if (greatest == none || value > series.value[greatest]) greatest = i;
    sum += value;
    ++stretch.mean.count;
  }
  for (const std::size_t i : {least, greatest, odd})
    if (i != none) stretch.kept.push_back(i);
  stretch.mean.step = series.step[end - 1];
  if (stretch.mean.count > 0) stretch.mean.value = sum / static_cast<double>(stretch.mean.count);
  return stretch;
}

}  // namespace

Thinned thin(const Series& series, std::size_t limit) {
  Thinned result;
  const std::size_t size = series.step.size();
  if (size <= limit) {
    result.kept.resize(size);
    std::iota(result.kept.begin(), result.kept.end(), std::size_t{0});
    return result;
  }
  const bool finite = std::ranges::all_of(series.value, [](double v) { return std::isfinite(v); });
  const std::size_t stretches = (limit - 2) / (finite ? 2 : 3);
  result.kept = {0, size - 1};
  for (std::size_t s = 0; s < stretches; ++s) {
    const Stretch stretch = look_at(series, s * size / stretches, (s + 1) * size / stretches);
    result.kept.insert(result.kept.end(), stretch.kept.begin(), stretch.kept.end());
    if (stretch.mean.count > 0) result.means.push_back(stretch.mean);
  }
  std::ranges::sort(result.kept);
  result.kept.erase(std::unique(result.kept.begin(), result.kept.end()), result.kept.end());
  return result;
}

}  // namespace trainbus::report
