// progress: the training's progress as one live line, as tqdm would show it.
//
//     Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, lr=1.00e-04]
//
// During an evaluation a second line shows its batches; that time does not count as training. Where
// no line can be redrawn, a plain one is written now and then.
#include <cmath>
#include <optional>
#include <string>
#include <trainbus/plugin.hpp>

#include "notes.hpp"
#include "plain_pace.hpp"
#include "running_bar.hpp"

namespace trainbus::progress {
namespace {

constexpr std::uint32_t kTrainingRow = 0, kEvaluationRow = 1;

std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

std::optional<std::uint64_t> count(const Event& event, std::string_view name) {
  const auto value = event.find(name);
  if (!value || !(*value >= 0 && *value < 0x1p63)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

class Progress : public Observer {
 public:
  static constexpr std::uint32_t flags = TB_OBSERVER_TERMINAL;
  static constexpr Option options[] = {
      {"desc", "text", "Training", "what stands before the bar"},
      {.name = "min-interval",
       .type = "duration",
       .fallback = "100ms",
       .help = "shortest time between two draws",
       .min = 0,
       .max = 3600},
      {.name = "width",
       .type = "int",
       .fallback = "0",
       .help = "cells that the line may fill, 0 follows the terminal",
       .min = 0,
       .max = 10000},
      {"ascii", "choice", "auto", "draw with digits instead of blocks", {"auto", "yes", "no"}},
      {.name = "smoothing",
       .type = "real",
       .fallback = "0.3",
       .help = "weight of the newest rate, 0 shows the average of the run",
       .min = 0,
       .max = 1},
      {.name = "plain-interval",
       .type = "duration",
       .fallback = "30s",
       .help = "shortest time between two lines where none can be redrawn",
       .min = 0,
       .max = 86400},
      {"show", "text", "", "further metrics to show, as grad_norm,eval/accuracy"},
  };

  explicit Progress(const Host& host)
      : terminal_(host.terminal()),
        has_terminal_(host.extension<tb_terminal_api>(TB_EXTENSION_TERMINAL) != nullptr),
        interactive_(terminal_.interactive()),
        width_(host.number<std::size_t>("width")),
        plain_interval_ns_(nanoseconds(host.number<double>("plain-interval"))),
        notes_(host.option("show")) {
    base_.prefix = host.option("desc");
    base_.smoothing = host.number<double>("smoothing");
    base_.min_interval_ns = nanoseconds(host.number<double>("min-interval"));
    const std::string_view ascii = host.option("ascii");
    base_.ascii = ascii == "yes" || (ascii == "auto" && !terminal_.unicode());
  }

  void on_train_begin(const Event& event) override {
    if (!has_terminal_) return;
    BarSettings settings = base_;
    settings.total = count(event, "total_steps");
    settings.initial = count(event, "initial_step").value_or(0);
    pace_.emplace(plain_interval_ns_, settings.total, settings.initial, event.run_ns());
    training_.emplace(std::move(settings), event.run_ns());
    notes_.begin(event);
    draw(event);
  }

  void on_step_begin(const Event& event) override { notes_.read_rate(event); }

  void on_forward(const Event& event) override {
    if (!training_ || !interactive_ || caught_up(event)) return;
    if (!training_->refresh(event.run_ns())) return;
    notes_.read(event);
    draw(event);
  }

  void on_step(const Event& event) override {
    if (!training_ || caught_up(event)) return;
    notes_.read(event);
    const bool draw_due = training_->advance(event.step(), event.run_ns());
    const bool line_due = !interactive_ && pace_->due(event.step(), event.run_ns());
    if (interactive_ ? draw_due : line_due) draw(event);
  }

  void on_eval_begin(const Event& event) override {
    if (!training_) return;
    training_->pause(event.run_ns());
    if (!interactive_) return;
    BarSettings settings = base_;
    settings.prefix = "Evaluating";
    settings.total = count(event, "batches");
    evaluation_.emplace(std::move(settings), event.run_ns());
    draw_evaluation(event);
  }

  void on_prediction_step(const Event& event) override {
    if (evaluation_ && evaluation_->advance(evaluation_->n() + 1, event.run_ns()))
      draw_evaluation(event);
  }

  void on_evaluate(const Event& event) override {
    if (!training_) return;
    end_evaluation(event);
    notes_.read(event);
  }

  void on_train_end(const Event& event) override {
    if (!training_) return;
    end_evaluation(event);
    if (interactive_) terminal_.set_live(kTrainingRow, "");
    terminal_.print(training_->final_line(event.run_ns(), width(), notes_.text()));
    training_.reset();
  }

 private:
  static bool caught_up(const Event& event) { return event.phase() == Phase::CatchUp; }

  std::optional<std::size_t> width() const {
    const std::size_t cells = width_ ? width_ : terminal_.columns();
    return cells ? std::optional(cells) : std::nullopt;
  }

  void draw(const Event& event) {
    const std::string line = training_->line(event.run_ns(), width(), notes_.text());
    interactive_ ? terminal_.set_live(kTrainingRow, line) : terminal_.print(line);
  }

  void draw_evaluation(const Event& event) {
    terminal_.set_live(kEvaluationRow, evaluation_->line(event.run_ns(), width(), {}));
  }

  void end_evaluation(const Event& event) {
    training_->resume(event.run_ns());
    if (!evaluation_) return;
    terminal_.set_live(kEvaluationRow, "");
    evaluation_.reset();
  }

  const Terminal terminal_;
  const bool has_terminal_;
  const bool interactive_;
  const std::size_t width_;
  const std::int64_t plain_interval_ns_;
  BarSettings base_;
  Notes notes_;
  std::optional<RunningBar> training_, evaluation_;
  std::optional<PlainPace> pace_;
};

}  // namespace
}  // namespace trainbus::progress

TRAINBUS_OBSERVER(trainbus::progress::Progress, "progress", "1.0.0",
                  "live progress line with loss, rate and remaining time");
