// tensorboard: the run's numbers as TensorBoard event files in the run directory, with its options
// as text and as hyper-parameters. All scalars of a step are one event and one write.
//
// Every attempt writes a file of its own that begins with a START at its first step, so that
// readers drop what a killed attempt wrote beyond; and within a tag the step always grows. Both of
// TensorBoard's loaders, the Python one and the Rust one, then show every step once. (The Rust one
// ignores the START: of a tag that never comes again it keeps the points that were dropped.)
//
// The HParams tab compares the runs below --logdir. No experiment record is written: TensorBoard
// takes the first that it finds for all runs and would hide what others have. Without one it lists
// the options and metrics of all, though no metrics if --logdir is a run's own folder (2.21).
#include <algorithm>
#include <string>
#include <string_view>
#include <trainbus/plugin.hpp>
#include <unordered_map>
#include <utility>
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
      option::flag("forwards", "false", "also the loss of every forward pass"),
      option::text("group", "train", "group of charts for metrics that name none"),
  };

  explicit TensorBoard(const Host& host)
      : host_(host),
        forwards_(host.flag("forwards")),
        group_(host.option("group")),
        file_(host),
        outage_(host, "the TensorBoard file") {}

  void on_train_begin(const Event& event) override {
    if (host_.run_directory().empty()) return;
    const auto initial = static_cast<std::int64_t>(event.find("initial_step").value_or(0));
    History history = earlier_attempts(initial);
    last_.clear();
    if (event.attempt() > 1) last_ = std::move(history.last);
    std::int64_t first = last_.empty() && event.attempt() > 1 ? initial + 1 : 0;
    for (const auto& [tag, step] : last_) first = std::max(first, step + 1);
    const double now = event.unix_seconds();
    file_.begin(event.unix_ns() / 1'000'000'000, history.newest_s,
                file_version(now, "trainbus") + session_start(now, first));
    is_on_ = true;
    write(event, description(event, first));
  }

  void on_forward(const Event& event) override {
    const auto loss = event.find("loss");
    if (!forwards_ || !loss) return;
    // Within a tag the step must increase, so each forward pass of a step has a tag of its own.
    const double side = event.find("side").value_or(0);
    std::string tag = side > 0   ? "forward/loss_plus"
                      : side < 0 ? "forward/loss_minus"
                                 : "forward/loss";
    if (event.find("micro_count").value_or(1) > 1)
      append_number(tag += '_', event.find("micro").value_or(0));
    const Scalar scalar{tag, *loss};
    if (is_new(tag, event))
      write(event, scalars(event.unix_seconds(), step_of(event), {&scalar, 1}));
  }

  void on_step(const Event& event) override { write_all(event, group_); }
  void on_evaluate(const Event& event) override { write_all(event, "eval"); }

  void on_histogram(const Event& event) override {
    const Histogram values = host_.histogram(event);
    const std::string tag = in_group("tensors", event.text());
    const double now = event.unix_seconds();
    std::string records;
    if (values.count > 0 && is_new(tag, event))
      records += histogram(now, step_of(event), tag, values);
    const std::string nonfinite_tag = tag + "/nonfinite";
    const Scalar nonfinite{nonfinite_tag, values.nonfinite};
    if (values.nonfinite > 0 && is_new(nonfinite_tag, event))
      records += scalars(now, step_of(event), {&nonfinite, 1});
    if (!records.empty()) write(event, records);
  }

  void on_train_end(const Event& event) override {
    if (!is_on_) return;
    // An interrupted run is resumed: its session has not ended.
    if (event.text().starts_with("interrupted"))
      outage_.finish();
    else
      outage_.attempt_last(event, [&] { write_end(event); });
    if (outage_.lost() == 0) file_.sync();
  }

 private:
  static std::int64_t step_of(const Event& event) {
    return static_cast<std::int64_t>(event.step());
  }
  static std::string in_group(std::string_view group, std::string_view name) {
    const bool has_group = group.empty() || name.find('/') != name.npos;
    return has_group ? std::string(name) : std::string(group).append("/").append(name);
  }

  // Whether the tag has no point at this step yet; then this step becomes its last. Readers need
  // increasing steps within a tag, and replayed events may be in a file already.
  bool is_new(const std::string& tag, const Event& event) {
    const auto [known, inserted] = last_.try_emplace(tag, step_of(event));
    if (!inserted && known->second >= step_of(event)) return false;
    known->second = step_of(event);
    return true;
  }

  // In a file of its own, which the next attempt empties, since readers keep the first end that
  // they find.
  void write_end(const Event& event) {
    const bool failed = event.text().starts_with("failed");
    const double now = event.unix_seconds();
    host_.files().replace(
        file_.name() + std::string(kEndSuffix),
        file_version(now, "trainbus") +
            hparams_end(now, failed ? SessionStatus::Failure : SessionStatus::Success));
  }

  History earlier_attempts(std::int64_t initial) const {
    History history;
    try {
      read_history(host_.files(), initial, history);
      for (const std::string& ending : history.endings)
        host_.files().replace(ending, file_version(0, "trainbus"));
    } catch (const std::exception& problem) {
      host_.warning(
          std::string("TensorBoard files of earlier attempts cannot be read or changed, ") +
          "points may be missing or show twice: " + problem.what());
    }
    return history;
  }

  std::string description(const Event& event, std::int64_t step) const {
    std::vector<RunOption> given;
    try {
      if (!event.text().empty()) given = run_options(parse_json(event.text()));
    } catch (const std::exception& problem) {
      host_.warning(std::string("TensorBoard will not show the run's options: ") + problem.what());
    }
    const double now = event.unix_seconds();
    std::string out;
    if (!given.empty()) out += text(now, step, "run/options", markdown(given));
    return out + hparams_start(now, hyper_parameters(given));
  }

  void write_all(const Event& event, const std::string& group) {
    tags_.clear();
    values_.clear();
    tags_.reserve(event.scalars().size());  // values_ refers to its elements
    for (const auto [name, value] : event.scalars()) {
      tags_.push_back(in_group(group, name));
      if (is_new(tags_.back(), event)) values_.push_back({tags_.back(), value});
    }
    if (!values_.empty()) write(event, scalars(event.unix_seconds(), step_of(event), values_));
  }

  void write(const Event& event, std::string_view records) {
    if (is_on_) outage_.attempt(event, [&] { file_.append(records); });
  }

  const Host host_;
  const bool forwards_;
  const std::string group_;
  EventFile file_;
  Outage outage_;
  bool is_on_ = false;
  std::unordered_map<std::string, std::int64_t> last_;  // step of each tag's newest point
  std::vector<std::string> tags_;                       // scratch, as the next
  std::vector<Scalar> values_;
};

}  // namespace
}  // namespace trainbus::tensorboard

TRAINBUS_OBSERVER(trainbus::tensorboard::TensorBoard, "tensorboard", "1.0.0",
                  "scalars, options and hyper-parameters as TensorBoard event files");
