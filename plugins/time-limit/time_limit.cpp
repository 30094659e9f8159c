// time-limit: ends the run at the first step that is done after the time limit. The time counts
// from when this process began to train, so a resumed run has the whole limit once more. The step
// of the end depends on the machine's speed: no other plugin here depends on more than the run's
// options.
#include <trainbus/plugin.hpp>

#include <cmath>
#include <string>

namespace {

// A duration as users type it: 2h, 90m, 45s, 250ms.
std::string duration_text(double seconds) {
  const auto in = [&](double unit, const char* name) {
    std::string text;
    trainbus::append_number(text, seconds / unit);
    return text + name;
  };
  if (std::fmod(seconds, 3600) == 0) return in(3600, "h");
  if (std::fmod(seconds, 60) == 0) return in(60, "m");
  return seconds < 1 ? in(0.001, "ms") : in(1, "s");
}

struct TimeLimit : trainbus::ControlObserver {
  static constexpr trainbus::Option options[] = {
      trainbus::option::duration("limit", "", "how long this process may train, as 90m or 2h")
          .min(0.001)
          .max(1e9)
          .required(),
      trainbus::option::flag("save", "false", "also ask for a checkpoint at that step"),
  };

  explicit TimeLimit(const trainbus::Host& host)
      : limit_s_(host.number<double>("limit")), save_(host.flag("save")) {}

  void on_step(const trainbus::Event& event, trainbus::Control& control) override {
    // Replayed events have times of another process.
    if (event.phase() == trainbus::Phase::CatchUp || event.run_seconds() < limit_s_) return;
    const std::string reason = "the time limit of " + duration_text(limit_s_) + " was reached";
    if (save_) control.save(reason);
    control.stop(reason);
  }

 private:
  double limit_s_;
  bool save_;
};

}  // namespace

TRAINBUS_OBSERVER(TimeLimit, "time-limit", "1.0.0", "stops after so much time");
