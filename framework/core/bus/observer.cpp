#include "core/bus/observer.hpp"

#include <utility>

namespace trainbus {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::Metric:
      return "metric";
    case Role::Control:
      return "control";
    default:
      return "sink";
  }
}

ObserverGone::ObserverGone(std::string_view why, std::uint64_t last_step)
    : Error(std::string(why) + "; the last step that it handled was " + std::to_string(last_step),
            "", ""),
      last_step_(last_step) {}
ObserverGone::~ObserverGone() = default;

Observer::Observer(std::string name, Role role, std::uint64_t wants, Intake intake)
    : name_(std::move(name)), role_(role), wants_(wants), intake_(std::move(intake)) {}
Observer::~Observer() = default;

std::string ObserverReport::state() const {
  if (abandoned) return "abandoned: " + last_failure;
  return quarantined ? "quarantined: " + last_failure : "ok";
}

}  // namespace trainbus
