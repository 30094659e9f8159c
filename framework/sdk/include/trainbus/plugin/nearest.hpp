// Finds the known name that is nearest to a mistyped one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

// The edit distance: letters to insert, remove, replace or swap with the next one.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace detail

// " Did you mean 'eval/loss'?", with its blank, or nothing if no name is near: up to a third of the
// letters may be wrong. names: a range of values that convert to std::string_view.
template <class Names>
std::string suggestion(std::string_view typed, const Names& names) {
  std::size_t nearest = std::max<std::size_t>(1, typed.size() / 3) + 1;
  std::string best;
  for (const std::string_view name : names) {
    const std::size_t distance = detail::edit_distance(typed, name);
    if (distance >= nearest || distance >= name.size()) continue;
    nearest = distance;
    best = name;
  }
  return best.empty() ? best : " Did you mean '" + best + "'?";
}

}  // namespace plugin_v1
}  // namespace trainbus
