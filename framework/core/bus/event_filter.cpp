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

bool is_of_the_run(EventKind kind) {
  return kind == EventKind::TrainBegin || kind == EventKind::Exception ||
         kind == EventKind::TrainEnd;
}

// "Did you mean 'eval/*'?", or the names that the run has.
std::string hint(const std::string& pattern, const std::vector<std::string>& names) {
  std::vector<std::string> candidates = names;
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + name;
    if (const std::size_t slash = name.find('/'); slash != name.npos && pattern.ends_with("*"))
      candidates.push_back(name.substr(0, slash) + "/*");
  }
  const std::string near = did_you_mean(pattern, candidates);
  return near.empty() ? "It has " + list + "." : near;
}

}  // namespace

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

MetricPatterns::MetricPatterns(std::string_view patterns, std::string_view where) : where_(where) {
  if (patterns.empty()) return;
  for (std::size_t comma = 0; comma != patterns.npos;) {
    comma = patterns.find(',');
    std::string_view one = patterns.substr(0, comma);
    if (comma != patterns.npos) patterns.remove_prefix(comma + 1);
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

std::vector<std::string> MetricPatterns::complaints(const std::vector<std::string>& names) const {
  std::vector<std::string> found;
  for (const auto* patterns : {&include_, &exclude_})
    for (const std::string& pattern : *patterns)
      if (std::ranges::none_of(names, [&](const auto& name) { return matches(pattern, name); }))
        found.push_back(where_ + ": no metric of this run fits '" + pattern + "'. " +
                        hint(pattern, names));
  if (std::ranges::none_of(names, [&](const auto& name) { return keeps(name); }))
    found.push_back(where_ + " keeps none of the metrics that this run declares");
  return found;
}

bool FilterState::is_in_range(std::uint64_t step) const {
  return (step > filter_.after || filter_.after == 0) && step < filter_.before;
}

bool FilterState::thins() const {
  return filter_.every > 1 || filter_.after > 0 || filter_.once ||
         filter_.before != std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t FilterState::next_step(std::uint64_t step) const {
  const std::uint64_t behind = std::max(step, filter_.after);
  return (behind / filter_.every + 1) * filter_.every;
}

bool FilterState::lets_pass(const Event& event) {
  if (is_of_the_run(event.kind)) return true;
  if (!is_in_range(event.step)) return false;
  const bool within_step = is_within_step(event.kind);
  if (within_step && filter_.every > 1 && event.step % filter_.every != 0) return false;
  if (event.kind == EventKind::Step) holds_back_ = false;
  if (!filter_.once) return true;
  if (!only_step_ && within_step) only_step_ = event.step;
  return only_step_ == event.step;
}

bool FilterState::passes_later(const Event& event, std::uint64_t newest_step) const {
  if (!is_within_step(event.kind) || !thins()) return true;
  if (filter_.once) return false;
  const std::uint64_t next = next_step(event.step);
  return next <= newest_step && is_in_range(next);
}

void FilterState::hold_back(const Event& event) {
  if (event.kind != EventKind::Step || filter_.once || !is_in_range(event.step)) return;
  held_back_ = event;
  holds_back_ = true;
}

Event* FilterState::take_held_back() {
  return std::exchange(holds_back_, false) ? &held_back_ : nullptr;
}

std::vector<std::string> FilterState::complaints(const Event& train_begin) const {
  std::vector<std::string> found;
  if (!filter_.metrics.keeps_all() && !train_begin.metrics.empty()) {
    std::vector<std::string> names;
    for (const tb_text& name : train_begin.metrics) names.emplace_back(name.data, name.size);
    found = filter_.metrics.complaints(names);
  }
  const double* const total = train_begin.find(intern("total_steps"));
  if (!total || !(*total >= 1)) return found;
  const auto last = static_cast<std::uint64_t>(*total);
  if (const std::uint64_t first = next_step(0); thins() && (first > last || !is_in_range(first)))
    found.push_back("its options every, after and before let none of the " + std::to_string(last) +
                    " steps of this run pass");
  return found;
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
