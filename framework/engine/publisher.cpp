#include "engine/publisher.hpp"

namespace trainbus {

std::int64_t Publisher::run_ns() const {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now() - start_).count();
}

std::int64_t Publisher::unix_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

Event& Publisher::begin(EventKind kind, Phase phase) {
  event_.kind = kind;
  event_.phase = position_.happened_unix_ns ? Phase::CatchUp : phase;
  event_.attempt = position_.attempt;
  event_.step = position_.step;
  event_.epoch = position_.epoch;
  event_.unix_ns = position_.happened_unix_ns.value_or(unix_ns());
  event_.run_ns = run_ns();
  event_.scalars.clear();
  event_.text.clear();
  event_.metrics.clear();
  event_.histogram.reset();
  return event_;
}

void Publisher::publish(EventKind kind, Scalars scalars, std::string text, Phase phase) {
  if (!wanted(kind)) return;
  Event& event = begin(kind, phase);
  for (const auto& [name, value] : scalars) event.set(name, value);
  event.text = std::move(text);
  publish();
}

}  // namespace trainbus
