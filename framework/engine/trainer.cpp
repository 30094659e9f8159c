#include "engine/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "engine/histograms.hpp"
#include "engine/metric_names.hpp"

namespace trainbus {

Trainer::Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
                 TrainerOptions options, TrainerHooks hooks)
    : model_(model),
      task_(task),
      optimizer_(optimizer),
      schedule_(schedule),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      publisher_(bus) {
  optimizer.check(model.parameters());
  if (options_.micro_batches == 0) options_.micro_batches = 1;
  publisher_.position() = {options_.initial_step, 0, options_.attempt};
  result_.steps = options_.initial_step;
}

TrainResult Trainer::run() {
  publisher_.start();
  if (hooks_.control) hooks_.control->open();
  begin();
  std::string reason;
  std::exception_ptr failure;
  try {
    loop();
    if (result_.reason.empty()) result_.reason = "completed";
    reason = result_.reason;
  } catch (const std::exception& e) {
    failure = std::current_exception();
    reason = std::string("failed: ") + e.what();
    publisher_.publish(EventKind::Exception, {}, e.what());
  }
  leave_epoch();
  if (hooks_.control) hooks_.control->close();
  publisher_.publish(EventKind::TrainEnd, {}, reason);
  if (failure) std::rethrow_exception(failure);
  return result_;
}

void Trainer::begin() {
  Event& event = publisher_.begin(EventKind::TrainBegin);
  event.set(metric::total_steps, static_cast<double>(options_.max_steps));
  event.set(metric::initial_step, static_cast<double>(options_.initial_step));
  event.set(metric::eval_every, validating() ? static_cast<double>(options_.eval_every) : 0);
  event.set(metric::test_evaluations, testing() ? 1 : 0);
  event.text = options_.run_json;
  for (tb_text name : {metric::loss, metric::lr}) event.metrics.push_back(name);
  for (const std::string& name : optimizer_.metrics()) event.metrics.push_back(intern(name));
  for (tb_text name :
       {metric::tokens_per_s, metric::forwards, metric::skipped, metric::skipped_steps})
    event.metrics.push_back(name);
  for (const std::string& name : publisher_.bus().metrics()) event.metrics.push_back(intern(name));
  if (validating())
    for (tb_text name : {metric::eval_loss, metric::eval_accuracy, metric::eval_examples})
      event.metrics.push_back(name);
  if (testing())
    for (tb_text name : {metric::test_loss, metric::test_accuracy, metric::test_examples})
      event.metrics.push_back(name);
  publisher_.publish();
}

bool Trainer::testing() const { return options_.test && task_.evaluation_batches(Split::Test) > 0; }

bool Trainer::validating() const {
  return options_.eval_every > 0 && task_.evaluation_batches(Split::Validation) > 0;
}

std::uint64_t Trainer::windows_per_epoch() const {
  const auto batches = static_cast<std::uint64_t>(task_.batches_per_epoch());
  return (batches + options_.micro_batches - 1) / options_.micro_batches;
}

std::vector<Batch> Trainer::window(std::uint64_t step) const {
  const std::uint64_t per_epoch = windows_per_epoch();
  const auto batches = static_cast<std::uint64_t>(task_.batches_per_epoch());
  const std::uint64_t first = step % per_epoch * options_.micro_batches;
  const std::uint64_t last = std::min(first + options_.micro_batches, batches);
  std::vector<Batch> window;
  for (std::uint64_t i = first; i < last; ++i)
    window.push_back(task_.train_batch(step / per_epoch, static_cast<std::int64_t>(i)));
  return window;
}

void Trainer::loop() {
  const std::uint64_t per_epoch = windows_per_epoch();
  if (testing() && options_.initial_step == 0) result_.test_before = evaluate_now(Split::Test);
  obey(false, false);
  while (result_.steps < options_.max_steps && !ended() && !interrupted()) {
    if (!in_epoch_) enter_epoch(result_.steps / per_epoch);
    step();
    after_step();
    if (result_.steps % per_epoch == 0) leave_epoch();
  }
  leave_epoch();
  if (testing() && result_.end != TrainResult::End::Interrupted && !interrupted())
    result_.test_after = evaluate_now(Split::Test);
}

bool Trainer::interrupted() {
  if (result_.end == TrainResult::End::Interrupted) return true;
  if (!hooks_.interrupted) return false;
  std::string why = hooks_.interrupted();
  if (why.empty()) return false;
  result_.end = TrainResult::End::Interrupted;
  result_.reason = "interrupted: " + why;
  result_.author = "signal";
  result_.why = std::move(why);
  return true;
}

void Trainer::enter_epoch(std::uint64_t epoch) {
  publisher_.position().epoch = epoch;
  in_epoch_ = true;
  publisher_.publish(EventKind::EpochBegin, {});
}

void Trainer::leave_epoch() {
  if (!in_epoch_) return;
  in_epoch_ = false;
  publisher_.publish(EventKind::EpochEnd, {});
}

void Trainer::step() {
  const std::int64_t begin_ns = publisher_.run_ns();
  const std::uint64_t index = result_.steps;
  publisher_.position().step = index + 1;
  const double lr = schedule_.at(static_cast<std::int64_t>(index));
  publisher_.publish(EventKind::StepBegin, {{metric::lr, lr}});
  const std::vector<Batch> batches = window(index);
  StepContext context(model_, batches, lr, options_.seed, index, result_.forwards, memory_,
                      publisher_);
  optimizer_.step(context);
  ++result_.steps;
  result_.skipped += context.outcome().skipped;
  const std::int64_t step_ns = publisher_.run_ns() - begin_ns;
  result_.seconds += static_cast<double>(step_ns) * 1e-9;
  publish_step(context.outcome(), lr, step_ns);
}

void Trainer::publish_step(const StepOutcome& outcome, double lr, std::int64_t step_ns) {
  if (!publisher_.wanted(EventKind::Step)) return;
  Event& event = publisher_.begin(EventKind::Step);
  event.set(metric::loss, outcome.loss);
  event.set(metric::lr, lr);
  event.scalars.insert(event.scalars.end(), outcome.records.begin(), outcome.records.end());
  event.set(metric::tokens_per_s,
            static_cast<double>(outcome.tokens) / (static_cast<double>(step_ns) * 1e-9));
  event.set(metric::forwards, static_cast<double>(result_.forwards));
  event.set(metric::skipped, outcome.skipped);
  event.set(metric::skipped_steps, static_cast<double>(result_.skipped));
  publisher_.publish();
}

void Trainer::after_step() {
  const auto due = [&](std::uint64_t every) { return every > 0 && result_.steps % every == 0; };
  if (due(options_.histogram_every)) publish_histograms();
  const bool evaluates = due(options_.eval_every), saves = due(options_.save_every);
  if (evaluates) validate();
  if (saves) save();
  obey(evaluates, saves);
}

// Carries out what control observers asked for, also while it was being carried out: an evaluation
// and a save at most once a step, then the stop.
void Trainer::obey(bool evaluated, bool saved) {
  while (hooks_.control && hooks_.control->pending()) {
    ControlDesk::Orders orders = hooks_.control->take();
    if (orders.evaluate && !std::exchange(evaluated, true)) validate();
    if (orders.save && !std::exchange(saved, true)) save();
    if (!orders.stop || ended()) continue;
    result_.end = TrainResult::End::Stopped;
    result_.author = std::move(orders.stop->author);
    result_.why = std::move(orders.stop->reason);
    result_.reason = "stopped: " + result_.author + ": " + result_.why;
  }
}

void Trainer::validate() {
  if (task_.evaluation_batches(Split::Validation) == 0) return;
  const Evaluation evaluation = evaluate_now(Split::Validation);
  if (hooks_.evaluated && !interrupted()) hooks_.evaluated(evaluation, result_.steps);
}

void Trainer::save() {
  if (!hooks_.save) return;
  const std::int64_t begin_ns = publisher_.run_ns();
  const std::string path = hooks_.save(result_.steps).string();
  const double seconds = static_cast<double>(publisher_.run_ns() - begin_ns) * 1e-9;
  publisher_.publish(EventKind::Save, {{metric::seconds, seconds}}, path);
}

void Trainer::publish_histograms() {
  if (!publisher_.wanted(EventKind::Histogram)) return;
  for (const Parameter& parameter : model_.parameters()) {
    const auto histogram = std::make_shared<Histogram>(histogram_of(parameter));
    const double mean = histogram->count > 0 ? histogram->sum / histogram->count : 0;
    const double variance =
        histogram->count > 0 ? histogram->sum_squares / histogram->count - mean * mean : 0;
    Event& event = publisher_.begin(EventKind::Histogram);
    event.text = parameter.name;
    event.set(metric::count, histogram->count);
    event.set(metric::min, histogram->min);
    event.set(metric::max, histogram->max);
    event.set(metric::mean, mean);
    event.set(metric::std, std::sqrt(std::max(variance, 0.0)));
    event.set(metric::nonfinite, histogram->nonfinite);
    event.histogram = histogram;
    publisher_.publish();
  }
}

Evaluation Trainer::evaluate_now(Split split) {
  const auto total = static_cast<double>(task_.evaluation_batches(split));
  publisher_.publish(EventKind::EvalBegin, {{metric::batches, total}}, {}, Phase::Evaluation);
  PlainWeights weights(model_.parameters());
  Evaluation evaluation;
  const auto end = [&] {
    const bool test = split == Split::Test;
    publisher_.publish(EventKind::Evaluate,
                       {{test ? metric::test_loss : metric::eval_loss, evaluation.loss},
                        {test ? metric::test_accuracy : metric::eval_accuracy, evaluation.accuracy},
                        {test ? metric::test_examples : metric::eval_examples,
                         static_cast<double>(evaluation.examples)}},
                       {}, Phase::Evaluation);
  };
  try {
    evaluation = evaluate(model_, weights, task_, split, [&](std::int64_t done, std::int64_t) {
      publisher_.publish(EventKind::PredictionStep,
                         {{metric::batch, static_cast<double>(done)}, {metric::batches, total}}, {},
                         Phase::Evaluation);
      return !interrupted();
    });
  } catch (...) {
    end();
    throw;
  }
  end();
  return evaluation;
}

}  // namespace trainbus
