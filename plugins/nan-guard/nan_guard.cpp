// nan-guard: ends a run whose updates are skipped because the loss is not finite. The engine skips
// them; one skipped update is harmless, but a run in which all are skipped will not recover. It
// requests the stop at the step that reaches the limit, so a repeated run stops at the same step.
#include <trainbus/plugin.hpp>

#include <cstdint>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct NanGuard : trainbus::ControlObserver {
  static constexpr trainbus::Option options[] = {
      trainbus::option::integer("max-skipped", "10", "skipped updates that stop the run")
          .min(1)
          .max(1e9),
      trainbus::option::flag("consecutive", "true", "count those in a row, not all of the run"),
  };

  explicit NanGuard(const trainbus::Host& host)
      : limit_(host.number<std::uint64_t>("max-skipped")), consecutive_(host.flag("consecutive")) {}

  void on_step(const trainbus::Event& event, trainbus::Control& control) override {
    if (event.step() <= last_step_) return;  // counted before a resume
    last_step_ = event.step();
    if (event.find(skipped_).value_or(0) == 0) {
      if (consecutive_) count_ = 0;
    } else if (++count_ >= limit_) {
      control.stop(reason());
    }
  }

  std::string save_state() const override {
    return "1 " + std::to_string(last_step_) + ' ' + std::to_string(count_);
  }
  void load_state(std::string_view state) override {
    std::istringstream in{std::string(state)};
    in.imbue(std::locale::classic());
    std::uint64_t version = 0;
    if (!(in >> version >> last_step_ >> count_) || version != 1)
      throw std::runtime_error("the saved state is not one of nan-guard 1.x");
  }

 private:
  std::string reason() const {
    const std::string skipped = " skipped, because the loss was not finite";
    if (count_ == 1) return "an update was" + skipped;
    return std::to_string(count_) + " updates" + (consecutive_ ? " in a row" : "") + " were" +
           skipped;
  }

  std::uint64_t limit_;
  bool consecutive_;
  trainbus::MetricRef skipped_{"skipped"};
  std::uint64_t count_ = 0, last_step_ = 0;
};

}  // namespace

TRAINBUS_OBSERVER(NanGuard, "nan-guard", "1.0.0", "stops when updates are skipped again and again");
