// progress: the training's progress as one live line, as tqdm would show it.
//
//     Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, lr=1.00e-04]
//
// During an evaluation a second line shows its batches. The time of evaluating and saving does not
// count for the rate; the remaining time includes the evaluations to come. Where no line can be
// redrawn, a plain one is written from time to time.
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <trainbus/plugin.hpp>

#include "environment.hpp"
#include "evaluations.hpp"
#include "notes.hpp"
#include "running_bar.hpp"
#include "settings.hpp"

namespace trainbus::progress {
namespace {

constexpr std::uint32_t kTrainingRow = 0, kEvaluationRow = 1;
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min(),
                       kNever = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> count(const Event& event, std::string_view name) {
  const auto value = event.find(name);
  if (!value || !(*value >= 0 && *value < 0x1p63)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

constexpr std::uint64_t bits(std::initializer_list<unsigned> kinds) {
  std::uint64_t out = 0;
  for (const unsigned kind : kinds) out |= std::uint64_t{1} << kind;
  return out;
}

class Progress final : public Observer {
 public:
  // It may miss events within steps when it is slow, so it reads the step's number and counts none.
  static constexpr std::uint32_t flags = TB_OBSERVER_TERMINAL | TB_OBSERVER_LOSSY;
  static constexpr std::uint64_t wants =
      bits({TB_ON_TRAIN_BEGIN, TB_ON_FORWARD, TB_ON_STEP, TB_ON_EVAL_BEGIN, TB_ON_PREDICTION_STEP,
            TB_ON_EVALUATE, TB_ON_SAVE, TB_ON_TRAIN_END});
  static constexpr auto& options = kOptions;

  explicit Progress(const Host& host)
      : host_(host),
        terminal_(host.terminal()),
        interactive_(terminal_.interactive()),
        settings_(read_settings(host)),
        notes_(host.option("show")) {}

  // For most steps and forward passes nothing is shown yet: only these lines run.
  void on_event(const Event& event) override {
    if (event.kind() == TB_ON_STEP) {
      n_ = event.step();
      if (event.run_ns() < step_due_ns_) return notes_.read(event);  // the last step's stay
    } else if (event.kind() == TB_ON_FORWARD && event.run_ns() < forward_due_ns_) {
      return;
    }
    show(event);
  }

  void on_train_begin(const Event& event) override {
    if (settings_.disabled) return;
    BarSettings bar = settings_.bar;
    bar.prefix = with_attempt(bar.prefix, event.attempt());
    bar.total = count(event, "total_steps");
    bar.initial = count(event, "initial_step").value_or(0);
    if (!interactive_) {
      bar.min_interval_ns = settings_.plain_interval_ns;
      bar.longest_silence_ns = settings_.longest_silence_ns;
      bar.min_steps = bar.total.value_or(0) / 20;  // a line every 5 %, if that is rarer
    }
    evaluations_ = Evaluations({bar.total, bar.initial, count(event, "eval_every").value_or(0),
                                count(event, "test_evaluations").value_or(0)});
    n_ = bar.initial;
    training_.emplace(std::move(bar), event.run_ns());
    notes_.begin(event);
    for (const std::string& complaint : notes_.complaints(event)) host_.warning(complaint);
    draw(event);
  }

  void on_forward(const Event& event) override {
    if (!training_ || caught_up(event)) return;
    if (event.run_ns() < forward_due_ns_ || !training_->refresh(event.run_ns())) return;
    // The steps before may have passed unseen; this one is not done.
    if (event.step() > 0) training_->reach(event.step() - 1);
    notes_.read(event);
    draw(event);
  }

  void on_step(const Event& event) override {
    if (!training_ || caught_up(event)) return;
    notes_.read_skipped(event);
    notes_.read(event);
    if (training_->advance(event.step(), event.run_ns()))
      draw(event);
    else
      plan_draws();
  }

  void on_eval_begin(const Event& event) override {
    if (!training_) return;
    evaluations_.begin(event.run_ns());
    BarSettings bar = settings_.bar;
    bar.prefix = "Evaluating";
    bar.total = count(event, "batches");
    // In a log an evaluation is mentioned only if it takes long.
    if (!interactive_) bar.min_interval_ns = settings_.longest_silence_ns;
    evaluation_.emplace(std::move(bar), event.run_ns());
    if (interactive_) draw_evaluation(event);
  }

  void on_prediction_step(const Event& event) override {
    if (!evaluation_) return;
    const auto done = count(event, "batch");
    if (done && evaluation_->advance(*done, event.run_ns())) draw_evaluation(event);
  }

  void on_evaluate(const Event& event) override {
    if (!training_) return;
    const bool test = event.find("test/loss").has_value();
    exclude(evaluations_.end(test, event.step(), event.run_ns()));
    close_evaluation();
    notes_.read(event);
  }

  void on_save(const Event& event) override {
    const double seconds = event.find("seconds").value_or(0);
    if (training_ && seconds > 0 && seconds <= event.run_seconds()) exclude(nanoseconds(seconds));
  }

  void on_train_end(const Event& event) override {
    if (!training_) return;
    training_->exclude(evaluations_.abandon(event.run_ns()));
    close_evaluation();
    training_->advance(n_, event.run_ns());
    if (interactive_) terminal_.set_live(kTrainingRow, "");
    const auto notes = notes_.text();
    terminal_.print(training_->final_line(event.run_ns(), shown(notes)));
    training_.reset();
    forward_due_ns_ = step_due_ns_ = kNever;
  }

 private:
  // A function of its own, so that the short path of on_event need not save registers.
  [[gnu::noinline]] void show(Event event) { Observer::on_event(event); }

  static bool caught_up(const Event& event) { return event.phase() == Phase::CatchUp; }

  void exclude(std::int64_t ns) {
    training_->exclude(ns);
    plan_draws();
  }

  void plan_draws() {
    forward_due_ns_ = interactive_ ? training_->refresh_due_ns() : training_->silence_ends_ns();
    step_due_ns_ = notes_.counts_skipped() ? kAlways : training_->step_due_ns();
  }

  Shown shown(std::span<const std::string> notes) const {
    return {settings_.room(terminal_.columns()), notes, evaluations_.due_s()};
  }

  void draw(const Event& event) {
    const auto notes = notes_.text();
    const std::string line = training_->line(event.run_ns(), shown(notes));
    interactive_ ? terminal_.set_live(kTrainingRow, line) : terminal_.print(line);
    plan_draws();
  }

  void draw_evaluation(const Event& event) {
    const Shown shown{settings_.room(terminal_.columns())};
    const std::string line = evaluation_->line(event.run_ns(), shown);
    interactive_ ? terminal_.set_live(kEvaluationRow, line) : terminal_.print(line);
  }

  void close_evaluation() {
    if (!evaluation_) return;
    if (interactive_) terminal_.set_live(kEvaluationRow, "");
    evaluation_.reset();
  }

  const Host host_;
  const Terminal terminal_;
  const bool interactive_;
  const Settings settings_;
  Notes notes_;
  Evaluations evaluations_;
  std::optional<RunningBar> training_, evaluation_;
  std::uint64_t n_ = 0;                                          // steps done
  std::int64_t forward_due_ns_ = kNever, step_due_ns_ = kNever;  // nothing is done before
};

}  // namespace
}  // namespace trainbus::progress

TRAINBUS_OBSERVER(trainbus::progress::Progress, "progress", "1.1.0",
                  "live progress line with loss, rate and remaining time");
