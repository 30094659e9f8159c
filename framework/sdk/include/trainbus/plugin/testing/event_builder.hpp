// Builds events for tests, as a host would publish them.
#pragma once

#include <trainbus/plugin/event.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus::testing {

// Equal names get equal pointers that live as long as the process, as in a host.
inline tb_text intern(std::string_view name) {
  static std::set<std::string, std::less<>> names;
  auto found = names.find(name);
  if (found == names.end()) found = names.emplace(name).first;
  return {found->data(), found->size()};
}

inline const char* event_name(std::uint32_t kind) {
  static constexpr const char* names[TB_KIND_COUNT] = {
      "on_train_begin", "on_epoch_begin",    "on_epoch_end", "on_step_begin", "on_forward",
      "on_backward",    "on_optimizer_step", "on_step",      "on_eval_begin", "on_prediction_step",
      "on_evaluate",    "on_save",           "on_exception", "on_train_end",  "on_histogram"};
  return kind < TB_KIND_COUNT ? names[kind] : "on_unknown";
}

// EventBuilder(TB_ON_STEP).step(3).set("loss", 2.5). Scalars keep the order in which they are set.
class EventBuilder {
 public:
  explicit EventBuilder(std::uint32_t kind) {
    raw_.size = sizeof raw_;
    raw_.kind = kind;
    raw_.name = intern(event_name(kind));
    raw_.unix_ns = 1'700'000'000'000'000'000;
    raw_.attempt = 1;
  }
  EventBuilder& step(std::uint64_t value) { return raw_.step = value, *this; }
  EventBuilder& epoch(std::uint64_t value) { return raw_.epoch = value, *this; }
  EventBuilder& attempt(std::uint32_t value) { return raw_.attempt = value, *this; }
  EventBuilder& phase(Phase value) { return raw_.phase = static_cast<std::uint32_t>(value), *this; }
  EventBuilder& unix_ns(std::int64_t value) { return raw_.unix_ns = value, *this; }
  EventBuilder& run_ns(std::int64_t value) { return raw_.run_ns = value, *this; }
  EventBuilder& text(std::string value) { return text_ = std::move(value), *this; }
  EventBuilder& set(std::string_view name, double value) {
    for (tb_scalar& scalar : scalars_)
      if (view(scalar.name) == name) return scalar.value = value, *this;
    return scalars_.push_back({intern(name), value}), *this;
  }
  EventBuilder& metrics(const std::vector<std::string>& names) {
    metrics_.clear();
    for (const std::string& name : names) metrics_.push_back(intern(name));
    return *this;
  }

  // Valid until this builder changes or goes.
  const tb_event& build() {
    raw_.scalars = scalars_.data();
    raw_.scalar_count = scalars_.size();
    raw_.text = {text_.data(), text_.size()};
    raw_.metrics = metrics_.data();
    raw_.metric_count = metrics_.size();
    return raw_;
  }

 private:
  tb_event raw_{};
  std::vector<tb_scalar> scalars_;
  std::vector<tb_text> metrics_;
  std::string text_;
};

}  // namespace trainbus::testing
