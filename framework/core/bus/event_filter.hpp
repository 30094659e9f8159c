// Which events of a run an observer gets, and which of their numbers: the options every, after,
// before, once and metrics, which every observer has without code of its own.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bus/event.hpp"
#include "core/export.hpp"

namespace trainbus {

// Whether events of this kind belong to a step: the option `every` leaves out some of them.
bool is_within_step(EventKind kind);

// Names to keep and to leave out: "loss,eval/*,!*/accuracy". '*' stands for any characters, '?' for
// one. A name is kept if it matches a pattern, or if all patterns are exclusions, and matches no
// exclusion.
class TRAINBUS_EXPORT MetricPatterns {
 public:
  MetricPatterns() = default;
  // An empty text keeps all names. Throws UsageError naming `where` for an empty pattern.
  MetricPatterns(std::string_view patterns, std::string_view where);

  bool keeps_all() const { return include_.empty() && exclude_.empty(); }
  bool keeps(std::string_view name) const;
  // One sentence for each pattern that matches none of these names, and one if no name is kept.
  std::vector<std::string> complaints(const std::vector<std::string>& names) const;

 private:
  std::vector<std::string> include_, exclude_;
  std::string where_;
};

// on_train_begin, on_exception and on_train_end always pass.
struct EventFilter {
  std::uint64_t every = 1;  // within steps: only the events of steps that are multiples of this
  std::uint64_t after = 0;  // only steps greater than this,
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();  // and less than this
  bool once = false;       // only the events of the first step that the options above let pass
  MetricPatterns metrics;  // for on_step, on_evaluate, and what on_train_begin declares
};

// A filter and its state for one observer. One thread at a time.
class TRAINBUS_EXPORT FilterState {
 public:
  explicit FilterState(EventFilter filter) : filter_(std::move(filter)) {}

  bool lets_pass(const Event& event);
  // Whether a later event of this kind will pass, if every step up to newest_step has one.
  bool passes_later(const Event& event, std::uint64_t newest_step) const;
  // Keeps a copy of an on_step that did not pass because of `every`, until a later one passes.
  void hold_back(const Event& event);
  // Returns the newest on_step that was held back, only once; null if there is none.
  Event* take_held_back();
  // What is odd about the options in the run that this on_train_begin begins, a sentence each: the
  // observer would get no numbers, or no steps.
  std::vector<std::string> complaints(const Event& train_begin) const;
  // The event with only the numbers that the observer sees: the event itself, or a copy that is
  // valid until the next call.
  Event& narrowed(Event& event);

 private:
  bool keeps(const tb_text& name);
  bool thins() const;
  bool is_in_range(std::uint64_t step) const;
  // The first step after this one that passes.
  std::uint64_t next_step(std::uint64_t step) const;

  EventFilter filter_;
  std::optional<std::uint64_t> only_step_;               // the step of `once`, when it is known
  std::vector<std::pair<const char*, bool>> decisions_;  // by interned name
  Event copy_, held_back_;
  bool holds_back_ = false;
};

}  // namespace trainbus
