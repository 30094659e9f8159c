// early-stopping: ends the run when a metric has not improved for a while. It reads every
// evaluation or step that has the metric and decides at that step, so that a repeated run stops at
// the same step. A value that is not finite is no improvement.
//
// mode=auto: the metric should grow if a word of its name is the name of a score (accuracy, f1,
// auc, …; see `grows`), otherwise fall, as losses do. A control observer sees only the engine's
// numbers, so eval/loss and loss can be used, ema/loss cannot. A run that never has the metric is
// refused.
#include <trainbus/plugin.hpp>
#include <trainbus/plugin/nearest.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

bool grows(std::string_view metric) {
  constexpr std::string_view scores[] = {"acc",   "accuracy", "f1",   "precision", "recall",
                                         "auc",   "ap",       "mcc",  "match",     "bleu",
                                         "rouge", "score",    "corr", "r2"};
  for (std::size_t end; !metric.empty(); metric.remove_prefix(std::min(end + 1, metric.size()))) {
    end = std::min(metric.find_first_of("/_-."), metric.size());
    if (std::ranges::count(scores, metric.substr(0, end)) > 0) return true;
  }
  return false;
}

std::string four_digits(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 4).ptr};
}

struct EarlyStopping : trainbus::ControlObserver {
  static constexpr trainbus::Option options[] = {
      trainbus::option::text("metric", "eval/loss", "what has to become better"),
      trainbus::option::choice("mode", "auto", "whether smaller or larger is better",
                               {"auto", "min", "max"}),
      trainbus::option::integer(
          "patience", "5", "values in a row that may be no better, the last of them stops the run")
          .min(1)
          .max(1e9),
      trainbus::option::real("min-delta", "0", "how much better a value must be to count").min(0),
  };

  explicit EarlyStopping(const trainbus::Host& host)
      : host_(host),
        metric_(host.option("metric")),
        sign_(host.option("mode") == "max" || (host.option("mode") == "auto" && grows(metric_))
                  ? -1
                  : 1),
        patience_(host.number<std::uint64_t>("patience")),
        min_delta_(host.number<double>("min-delta")) {}

  // Throws for a run that it could never stop; then the host refuses the run before its first step.
  void on_train_begin(const trainbus::Event& event, trainbus::Control&) override {
    if (event.metrics().empty()) return;
    check_metric(event);
    if (const auto steps = event.find("total_steps")) check_count(event, *steps);
  }
  void on_step(const trainbus::Event& event, trainbus::Control& control) override {
    watch(event, control, "step");
  }
  void on_evaluate(const trainbus::Event& event, trainbus::Control& control) override {
    watch(event, control, "evaluation");
  }

  void on_train_end(const trainbus::Event&, trainbus::Control&) override {
    if (last_step_ >= 0) return;
    host_.warning(metric_ +
                  " never appeared, so it could not stop the run: check its name against those of "
                  "on_step and on_evaluate, and that evaluations are on; the numbers of metric "
                  "plugins, such as ema/loss, do not reach control plugins");
  }

  std::string save_state() const override {
    return "1 " + std::to_string(last_step_) + ' ' + std::to_string(waited_) + ' ' +
           std::to_string(std::bit_cast<std::uint64_t>(best_)) + ' ' + std::to_string(best_step_);
  }
  void load_state(std::string_view state) override {
    std::istringstream in{std::string(state)};
    in.imbue(std::locale::classic());
    std::uint64_t version = 0, best = 0;
    if (!(in >> version >> last_step_ >> waited_ >> best >> best_step_) || version != 1)
      throw std::runtime_error("the saved state is not one of early-stopping 1.x");
    best_ = std::bit_cast<double>(best);
  }

 private:
  void check_metric(const trainbus::Event& begin) const {
    std::vector<std::string_view> declared;
    for (const std::string_view name : begin.metrics()) declared.push_back(name);
    const bool is_there = std::ranges::count(declared, metric_) > 0;
    if (metric_.starts_with("test/"))
      throw std::runtime_error(metric_ + " comes only before the first and after the last step. " +
                               "Watch a metric of the validation part, as eval/loss");
    if (is_there) return;
    if (metric_.starts_with("eval/") && begin.find("eval_every").value_or(0) == 0)
      throw std::runtime_error(metric_ + " never comes, for this run has no evaluations. " +
                               "Give --eval-every, and validation data");
    throw std::runtime_error(metric_ + " never comes: no such number is measured" +
                             (metric_.find('/') != metric_.npos
                                  ? ", and those of metric plugins do not reach control plugins."
                                  : ".") +
                             suggestion_for(declared));
  }

  // " Did you mean 'eval/loss'?": the nearest name, or one with the same part after the slash.
  std::string suggestion_for(const std::vector<std::string_view>& declared) const {
    std::string text = trainbus::suggestion(metric_, declared);
    const std::size_t slash = metric_.rfind('/');
    for (const std::string_view name : declared)
      if (text.empty() && slash != metric_.npos && name.ends_with(metric_.substr(slash)))
        text = " Did you mean '" + std::string(name) + "'?";
    return text.empty() ? " Watch loss, or a metric of evaluations" : text;
  }

  void check_count(const trainbus::Event& begin, double steps) const {
    const bool evaluates = metric_.starts_with("eval/");
    const double every = evaluates ? begin.find("eval_every").value_or(0) : 1;
    if (every <= 0 || steps < 1) return;
    const double values = std::floor(steps / every);
    if (values < 1)
      throw std::runtime_error(metric_ +
                               " comes too late to stop anything: there is an evaluation "
                               "every " +
                               whole(every) + " steps, and the run has " + whole(steps) +
                               ". Give a smaller --eval-every");
    if (values <= static_cast<double>(patience_))
      host_.warning("it cannot stop this run: " + metric_ + " comes " + whole(values) +
                    (values == 1 ? " time" : " times") + ", and " + std::to_string(patience_) +
                    " values behind the best one are waited for");
  }

  static std::string whole(double number) {
    std::string text;
    trainbus::append_number(text, number);
    return text;
  }

  void watch(const trainbus::Event& event, trainbus::Control& control, std::string_view unit) {
    const auto value = event.find(metric_);
    // After a resume, values that were counted before may be published once more.
    const auto step = static_cast<std::int64_t>(event.step());
    if (!value || step <= last_step_) return;
    last_step_ = step;
    if (is_better(*value)) {
      best_ = *value;
      best_step_ = event.step();
      waited_ = 0;
    } else if (++waited_ >= patience_) {
      control.stop(reason(unit));
    }
  }

  bool is_better(double value) const {
    if (!std::isfinite(value)) return false;
    return std::isnan(best_) || sign_ * value < sign_ * best_ - min_delta_;
  }

  std::string reason(std::string_view unit) const {
    std::string waited = std::to_string(waited_) + ' ' + std::string(unit);
    if (waited_ != 1) waited += 's';
    if (std::isnan(best_)) return "no finite " + metric_ + " in " + waited;
    return "no better " + metric_ + " than " + four_digits(best_) + " (step " +
           std::to_string(best_step_) + ") for " + waited;
  }

  trainbus::Host host_;
  std::string metric_;
  double sign_;  // times the value: smaller is better
  std::uint64_t patience_;
  double min_delta_;
  double best_ = std::numeric_limits<double>::quiet_NaN();  // none yet
  std::uint64_t best_step_ = 0;
  std::uint64_t waited_ = 0;     // values since the best
  std::int64_t last_step_ = -1;  // of the newest value
};

}  // namespace

TRAINBUS_OBSERVER(EarlyStopping, "early-stopping", "1.0.0",
                  "stops when a metric no longer becomes better");
