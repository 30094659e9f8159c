// tensorboard: the run's numbers as TensorBoard event files in the run directory, with its options
// as text and as hyper-parameters. All scalars of a step are one event and one write.
#include <algorithm>
#include <string>
#include <string_view>
#include <trainbus/plugin.hpp>
#include <vector>

#include "event_file.hpp"
#include "history.hpp"
#include "json.hpp"
#include "record.hpp"
#include "run_options.hpp"

namespace trainbus::tensorboard {
namespace {

class TensorBoard : public Observer {
 public:
  static constexpr Option options[] = {
      {.name = "every",
       .type = "int",
       .fallback = "1",
       .help = "steps between two points",
       .min = 1,
       .max = 1e9},
      {"forwards", "bool", "false", "also the loss of every forward pass"},
      {"group", "text", "train", "group of charts for metrics that name none"},
  };

  explicit TensorBoard(const Host& host)
      : host_(host),
        every_(host.number<std::uint64_t>("every")),
        forwards_(host.flag("forwards")),
        group_(host.option("group")),
        file_(host),
        outage_(host, "the TensorBoard file") {}

  void on_train_begin(const Event& event) override {
    if (host_.run_directory().empty()) return;
    const auto initial = static_cast<std::int64_t>(event.find("initial_step").value_or(0));
    History history = earlier_attempts();
    last_step_ = std::min(history.last_step, initial);
    last_evaluation_ = std::min(history.last_evaluation, initial);
    const std::int64_t first = history.has_files ? std::max(last_step_, last_evaluation_) + 1 : 0;
    const double now = event.unix_seconds();
    file_.begin(event.unix_ns() / 1'000'000'000, history.newest_s,
                file_version(now, "trainbus") + session_start(now, first));
    is_on_ = true;
    write(description(event, initial));
  }

  void on_forward(const Event& event) override {
    if (!forwards_ || is_known(event, last_step_) || event.step() % every_ != 0) return;
    const auto loss = event.find("loss");
    if (!loss) return;
    // Within a tag the step must grow, so each forward pass of a step has a tag of its own.
    const double side = event.find("side").value_or(0);
    std::string tag = side > 0   ? "forward/loss_plus"
                      : side < 0 ? "forward/loss_minus"
                                 : "forward/loss";
    if (event.find("micro_count").value_or(1) > 1)
      append_number(tag += '_', event.find("micro").value_or(0));
    const Scalar scalar{tag, *loss};
    write(scalars(event.unix_seconds(), step_of(event), {&scalar, 1}));
  }

  void on_step(const Event& event) override {
    if (is_known(event, last_step_) || event.step() % every_ != 0) return;
    write_all(event, group_);
  }

  void on_evaluate(const Event& event) override {
    if (!is_known(event, last_evaluation_)) write_all(event, "eval");
  }

  void on_train_end(const Event& event) override {
    if (!is_on_) return;
    const bool failed = event.text().starts_with("failed");
    // An interrupted run is resumed: its session has not ended.
    if (!event.text().starts_with("interrupted"))
      write(hparams_end(event.unix_seconds(),
                        failed ? SessionStatus::Failure : SessionStatus::Success));
    outage_.finish();
    if (outage_.lost() == 0) file_.sync();
  }

 private:
  static std::int64_t step_of(const Event& event) {
    return static_cast<std::int64_t>(event.step());
  }

  // Whether an earlier attempt wrote the step of an event that is published again.
  static bool is_known(const Event& event, std::int64_t last) {
    return event.phase() == Phase::CatchUp && step_of(event) <= last;
  }

  History earlier_attempts() const {
    try {
      return read_history(host_.files());
    } catch (const std::exception& problem) {
      host_.warning(std::string("TensorBoard files of earlier attempts cannot be read, ") +
                    "points may show twice: " + problem.what());
      return {};
    }
  }

  std::string description(const Event& event, std::int64_t initial) const {
    std::vector<RunOption> given;
    try {
      if (!event.text().empty()) given = run_options(parse_json(event.text()));
    } catch (const std::exception& problem) {
      host_.warning(std::string("TensorBoard will not show the run's options: ") + problem.what());
    }
    const double now = event.unix_seconds();
    std::string out;
    if (!given.empty()) out += text(now, initial, "run/options", markdown(given));
    return out + hparams_start(now, hyper_parameters(given));
  }

  void write_all(const Event& event, const std::string& group) {
    names_.clear();
    values_.clear();
    names_.reserve(event.scalars().size());  // values_ refers to its elements
    for (const auto [name, value] : event.scalars()) {
      const bool has_group = group.empty() || name.find('/') != name.npos;
      names_.push_back(has_group ? std::string(name) : group + "/" + std::string(name));
      values_.push_back({names_.back(), value});
    }
    if (!values_.empty()) write(scalars(event.unix_seconds(), step_of(event), values_));
  }

  void write(std::string_view records) {
    if (is_on_) outage_.attempt([&] { file_.append(records); });
  }

  const Host host_;
  const std::uint64_t every_;
  const bool forwards_;
  const std::string group_;
  EventFile file_;
  Outage outage_;
  bool is_on_ = false;
  std::int64_t last_step_ = -1, last_evaluation_ = -1;
  std::vector<std::string> names_;
  std::vector<Scalar> values_;
};

}  // namespace
}  // namespace trainbus::tensorboard

TRAINBUS_OBSERVER(trainbus::tensorboard::TensorBoard, "tensorboard", "1.0.0",
                  "scalars, options and hyper-parameters as TensorBoard event files");
