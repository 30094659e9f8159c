// ema: the running loss, an exponential moving average over the training's forward passes.
#include <trainbus/plugin.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "average.hpp"

namespace {

struct Ema : trainbus::MetricObserver {
  static constexpr trainbus::Option options[] = {
      trainbus::option::real("decay", "0.9", "weight of the past, at least 0 and below 1")
          .min(0)
          .max(1 - 0x1p-53),
      trainbus::option::choice(
          "sides", "plus",
          "losses of a two-sided step to follow: L+, both in turn, or the mean of each pair",
          {"plus", "both", "mean"}),
      trainbus::option::flag("bias-correction", "false",
                             "start from zero, corrected, not from the first loss"),
  };
  static constexpr const char* metrics[] = {"loss"};

  explicit Ema(const trainbus::Host& host)
      : host_(host),
        sides_(host.option("sides")),
        average_(host.number<double>("decay"), host.flag("bias-correction")) {}

  void on_forward(const trainbus::Event& event, trainbus::Metrics& out) override {
    if (is_known(event)) return;
    if (const auto loss = followed(event)) {
      last_step_ = event.step();
      if (!average_.add(*loss)) warn_once(event);
    }
    emit(out);
  }

  void on_step(const trainbus::Event& event, trainbus::Metrics& out) override {
    if (!is_known(event)) emit(out);
  }

  void on_train_end(const trainbus::Event&, trainbus::Metrics&) override {
    if (const std::uint64_t skipped = average_.skipped())
      host_.info(std::to_string(skipped) + " losses were not finite and left out of the average");
  }

  std::string save_state() const override {
    return "1 " + std::to_string(last_step_) + ' ' + average_.save();
  }

  void load_state(std::string_view state) override;

 private:
  // A replayed event that the restored state already contains. The average includes later events
  // too, so no value is published.
  bool is_known(const trainbus::Event& event) const {
    return event.phase() == trainbus::Phase::CatchUp && event.step() <= restored_step_;
  }

  // The number to average that this forward pass completes, if any.
  std::optional<double> followed(const trainbus::Event& event) {
    const auto loss = event.find(loss_);
    const double side = event.find(side_).value_or(0);
    if (side == 0 || sides_ == "both") return loss;
    if (sides_ == "plus") return side > 0 ? loss : std::nullopt;
    if (side > 0) {
      plus_ = loss;
      return std::nullopt;
    }
    return loss && plus_ ? std::optional((*plus_ + *loss) / 2) : loss;
  }

  void emit(trainbus::Metrics& out) const {
    if (const auto value = average_.value()) out.emit("loss", *value);
  }

  void warn_once(const trainbus::Event& event) {
    if (warned_) return;
    warned_ = true;
    host_.warning("the loss at step " + std::to_string(event.step()) +
                  " is not finite: it is left out of the average");
  }

  trainbus::Host host_;
  std::string_view sides_;
  Average average_;
  trainbus::MetricRef loss_{"loss"};
  trainbus::MetricRef side_{"side"};
  std::optional<double> plus_;       // L+ of the micro-batch, until its L- is known
  std::uint64_t last_step_ = 0;      // of the newest loss in the average
  std::uint64_t restored_step_ = 0;  // the same, of the state that was loaded
  bool warned_ = false;
};

// "1 STEP AVERAGE": 1 is the version of this layout.
void Ema::load_state(std::string_view state) {
  constexpr std::string_view version = "1 ";
  if (!state.starts_with(version))
    throw std::runtime_error("the saved state is not one of ema 1.x");
  state.remove_prefix(version.size());
  std::uint64_t step = 0;
  const char* const end = state.data() + state.size();
  const auto parsed = std::from_chars(state.data(), end, step);
  if (parsed.ec != std::errc() || parsed.ptr == end)
    throw std::runtime_error("the saved state of ema is damaged");
  state.remove_prefix(static_cast<std::size_t>(parsed.ptr - state.data()) + 1);
  average_.load(state);
  last_step_ = restored_step_ = step;
}

}  // namespace

TRAINBUS_OBSERVER(Ema, "ema", "1.0.0", "running loss: exponential moving average over forwards");
