#include "core/bus/event_filter.hpp"

#include <algorithm>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = pattern.npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_one(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& p) { return matches(p, name); });
}

bool is_within_step(EventKind kind) {
  switch (kind) {
    case EventKind::StepBegin:
    case EventKind::Forward:
    case EventKind::Backward:
    case EventKind::OptimizerStep:
    case EventKind::Step:
      return true;
    default:
      return false;
  }
}

bool is_of_the_run(EventKind kind) {
  return kind == EventKind::TrainBegin || kind == EventKind::Exception ||
         kind == EventKind::TrainEnd;
}

}  // namespace

MetricPatterns::MetricPatterns(std::string_view patterns, std::string_view where) {
  while (!patterns.empty()) {
    const std::size_t comma = patterns.find(',');
    std::string_view one = patterns.substr(0, comma);
    patterns.remove_prefix(comma == patterns.npos ? patterns.size() : comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    const bool excludes = one.starts_with('!');
    if (excludes) one.remove_prefix(1);
    if (one.empty())
      throw UsageError("there is an empty pattern", where,
                       "Write names and patterns with commas between them: loss,eval/*,!lr.");
    (excludes ? exclude_ : include_).emplace_back(one);
  }
}

bool MetricPatterns::keeps(std::string_view name) const {
  return (include_.empty() || matches_one(include_, name)) && !matches_one(exclude_, name);
}

bool FilterState::lets_pass(const Event& event) {
  if (is_of_the_run(event.kind)) return true;
  if (event.step <= filter_.after && filter_.after > 0) return false;
  if (event.step >= filter_.before) return false;
  const bool within_step = is_within_step(event.kind);
  if (within_step && filter_.every > 1 && event.step % filter_.every != 0) return false;
  if (!filter_.once) return true;
  if (!only_step_ && within_step) only_step_ = event.step;
  return only_step_ == event.step;
}

bool FilterState::keeps(const tb_text& name) {
  for (const auto& [known, kept] : decisions_)
    if (known == name.data) return kept;
  const bool kept = filter_.metrics.keeps({name.data, name.size});
  decisions_.emplace_back(name.data, kept);
  return kept;
}

Event& FilterState::narrowed(Event& event) {
  if (filter_.metrics.keeps_all()) return event;
  if (event.kind == EventKind::TrainBegin) {
    copy_ = event;
    std::erase_if(copy_.metrics, [&](const tb_text& name) { return !keeps(name); });
  } else if (event.kind == EventKind::Step || event.kind == EventKind::Evaluate) {
    copy_ = event;
    std::erase_if(copy_.scalars, [&](const tb_scalar& scalar) { return !keeps(scalar.name); });
  } else {
    return event;
  }
  return copy_;
}

}  // namespace trainbus
