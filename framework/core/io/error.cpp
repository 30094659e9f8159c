#include "core/io/error.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace trainbus {
namespace {

bool ends_a_sentence(const std::string& text) {
  return !text.empty() && std::string_view(".!?").find(text.back()) != std::string_view::npos;
}

std::string compose(std::string_view what, std::string_view where, std::string_view remedy) {
  std::string line(where);
  if (!where.empty() && !what.empty()) line += ": ";
  line += what;
  if (!remedy.empty()) {
    line += line.empty() ? "" : ends_a_sentence(line) ? " " : ". ";
    line += remedy;
  }
  // One line, whatever a plugin or the system said.
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

// Optimal string alignment distance: insert, delete, replace, or swap neighbours, one each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
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

}  // namespace

Error::Error(std::string_view what, std::string_view where, std::string_view remedy)
    : std::runtime_error(compose(what, where, remedy)) {}
Error::~Error() = default;
UsageError::~UsageError() = default;
PluginError::~PluginError() = default;
RunError::~RunError() = default;

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  // A third of the letters may be wrong: more is another word, not a typo.
  std::size_t nearest = std::max<std::size_t>(1, name.size() / 3) + 1;
  const std::string* best = nullptr;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < nearest && distance < candidate.size()) {
      nearest = distance;
      best = &candidate;
    }
  }
  return best ? "Did you mean '" + *best + "'?" : std::string();
}

}  // namespace trainbus
