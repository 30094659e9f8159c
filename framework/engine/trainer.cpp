#include "engine/trainer.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "engine/declaration.hpp"
#include "engine/metric_names.hpp"

namespace trainbus {
namespace {

// The record of another step, in memory that is there already.
void forget(journal::Step& record) {
  record.tokens.clear();
  record.losses.clear();
  record.means.clear();
  record.coefficients.clear();
  record.decay = 0;
  record.norm.reset();
}

// The exception that is being handled, as one that tells a person what to do: LibTorch's come with
// a stack of addresses, and what it says of memory names no remedy.
std::exception_ptr reworded(const std::exception& error) {
  std::string words = error.what();
  words.resize(std::min(words.find('\n'), words.size()));
  const bool memory = words.find("can't allocate memory") != std::string::npos ||
                      words.find("out of memory") != std::string::npos ||
                      dynamic_cast<const std::bad_alloc*>(&error);
  if (!memory) return std::current_exception();
  return std::make_exception_ptr(
      RunError("there is not enough memory for a step (" + words + ")", "memory",
               "The parameters are as the last step left them. Give a smaller --batch-size with "
               "more --micro-batches, or a smaller --task.max-tokens."));
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

Trainer::Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
                 TrainerOptions options, TrainerHooks hooks, Past past)
    : model_(model),
      task_(task),
      optimizer_(optimizer),
      schedule_(schedule),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      past_(std::move(past)),
      publisher_(bus),
      replay_(model.parameters(), [this] { return interrupted(); }) {
  optimizer.check(model.parameters());
  if (options_.micro_batches == 0) options_.micro_batches = 1;
}

const char* end_name(TrainResult::End end) {
  switch (end) {
    case TrainResult::End::Stopped:
      return "stopped";
    case TrainResult::End::Interrupted:
      return "interrupted";
    default:
      return "completed";
  }
}

TrainResult Trainer::run() {
  publisher_.start();
  publisher_.position() = {past_.last_step(), 0, past_.attempt(), {}};
  if (hooks_.control) hooks_.control->open();
  begin();
  std::string reason, kind = "failed";
  std::exception_ptr failure;
  try {
    loop_or_give_up();
    if (result_.reason.empty()) result_.reason = "completed";
    // What the journal cannot bring back has to be in a checkpoint.
    if (result_.end == TrainResult::End::Interrupted && !optimizer_.replays()) save();
    reason = result_.reason;
    kind = end_name(result_.end);
    keep_hash();
    bring_home();
  } catch (const std::exception& e) {
    failure = reworded(e);
    const std::string words = words_of(failure);
    reason = "failed: " + words;
    publisher_.publish(EventKind::Exception, {}, words);
  }
  leave_epoch();
  if (hooks_.control) hooks_.control->close();
  end_attempt(kind, reason);
  publisher_.publish(EventKind::TrainEnd, {}, reason);
  if (failure) std::rethrow_exception(failure);
  return result_;
}

void Trainer::end_attempt(const std::string& kind, const std::string& reason) {
  if (!hooks_.journal) return;
  hooks_.journal->append(journal::End{result_.steps, Publisher::unix_ns(), kind, reason});
  hooks_.journal->flush();
}

void Trainer::begin() {
  declare_run(publisher_.begin(EventKind::TrainBegin), options_, task_, optimizer_,
              publisher_.bus(), past_.last_step());
  publisher_.publish();
}

bool Trainer::testing() const { return evaluates_test(options_, task_); }

bool Trainer::validating() const { return evaluates_validation(options_, task_); }

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
  reach_past();
  publisher_.position().step = 0;
  if (testing()) result_.test_before = evaluation_of(Split::Test);
  obey(false, false);
  while (under_way() > 0 || (result_.steps < options_.max_steps && !ended() && !interrupted())) {
    if (!in_epoch_) enter_epoch(result_.steps / per_epoch);
    step();
    after_step();
    if (result_.steps % per_epoch == 0) leave_epoch();
  }
  leave_epoch();
  if (testing() && result_.end != TrainResult::End::Interrupted && !interrupted())
    result_.test_after = evaluation_of(Split::Test);
}

// A signal while the past is done again leaves θ between two steps: the last one is not reached.
void Trainer::loop_or_give_up() try { loop(); } catch (const ParameterReplay::GivenUp&) {
  result_.steps = std::min(result_.steps, past_.last_step() - 1);
}

// The optimizer's state is that of the step whose parameters the model began with; from the last
// step of the past on, both are what they were.
void Trainer::reach_past() {
  if (result_.steps == past_.parameters_step && past_.optimizer_state)
    optimizer_.restore(*past_.optimizer_state, model_.parameters());
  if (is_behind()) return;
  replay_.flush();
  if (hooks_.device) hooks_.device->load(model_.parameters());
  publisher_.position().attempt = past_.attempt();
  publisher_.position().happened_unix_ns.reset();
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
  if (const journal::Step* done = past_.step(result_.steps + 1))
    step_again(*done);
  else if (hooks_.device)
    step_on_device();
  else
    step_now();
}

// The device took the step; from its losses the optimizer finds the same coefficients, and the same
// is published, as if it had been taken here.
void Trainer::step_on_device() {
  run_ahead();
  const std::uint64_t index = result_.steps;
  publisher_.position().step = index + 1;
  const double lr = schedule_.at(static_cast<std::int64_t>(index));
  publisher_.publish(EventKind::StepBegin, {{metric::lr, lr}});
  forget(record_);
  hooks_.device->finish(record_);
  const std::int64_t now_ns = publisher_.run_ns();
  const std::int64_t step_ns = now_ns - std::exchange(device_since_ns_, now_ns);
  record_.step = index + 1;
  record_.epoch = static_cast<std::uint32_t>(publisher_.position().epoch);
  record_.lr = lr;
  record_.unix_ns = Publisher::unix_ns();
  record_.duration_ns = static_cast<std::uint64_t>(step_ns);
  StepContext context(inputs(lr, {}));
  optimizer_.step(context);
  if (hooks_.journal) hooks_.journal->append(record_);
  finish_step(context, lr, step_ns);
}

// Hands the device as many steps as it takes, but none beyond one after which θ is read.
void Trainer::run_ahead() {
  begun_ = std::max(begun_, result_.steps);
  const std::uint64_t last = next_stop();
  const std::size_t depth = std::max<std::size_t>(hooks_.device->depth(), 1);
  while (under_way() < depth && begun_ < last) {
    if (under_way() == 0)
      device_since_ns_ = publisher_.run_ns();
    else if (draining_ || ended() || interrupted())
      return;
    const std::vector<Batch> batches = window(begun_);
    const double lr = schedule_.at(static_cast<std::int64_t>(begun_));
    hooks_.device->begin({begun_, options_.seed, lr, batches});
    ++begun_;
  }
}

// The next step after which something is due that reads θ, or the last one.
std::uint64_t Trainer::next_stop() const {
  std::uint64_t stop = options_.max_steps;
  for (const std::uint64_t every :
       {options_.eval_every, options_.save_every, options_.hash_every, options_.histogram_every})
    if (every > 0) stop = std::min(stop, (result_.steps / every + 1) * every);
  return stop;
}

// θ from the device, where it was trained.
void Trainer::bring_home() {
  if (hooks_.device && !is_behind()) hooks_.device->fetch(model_.parameters());
}

// Of the next step. Without a window it was done before, here or on a device.
StepInputs Trainer::inputs(double lr, std::span<const Batch> window) {
  return {.model = model_,
          .window = window,
          .lr = lr,
          .seed = options_.seed,
          .step = result_.steps,
          .forwards = result_.forwards,
          .memory = memory_,
          .publisher = publisher_,
          .record = record_,
          .again = window.empty()};
}

void Trainer::step_now() {
  const std::int64_t begin_ns = publisher_.run_ns();
  const std::uint64_t index = result_.steps;
  publisher_.position().step = index + 1;
  const double lr = schedule_.at(static_cast<std::int64_t>(index));
  publisher_.publish(EventKind::StepBegin, {{metric::lr, lr}});
  const std::vector<Batch> batches = window(index);
  forget(record_);
  StepContext context(inputs(lr, batches));
  optimizer_.step(context);
  record_.step = index + 1;
  record_.epoch = static_cast<std::uint32_t>(publisher_.position().epoch);
  record_.lr = lr;
  record_.skipped = context.outcome().skipped;
  record_.unix_ns = Publisher::unix_ns();
  const std::int64_t step_ns = publisher_.run_ns() - begin_ns;
  record_.duration_ns = static_cast<std::uint64_t>(step_ns);
  if (hooks_.journal) hooks_.journal->append(record_);
  finish_step(context, lr, step_ns);
}

void Trainer::step_again(const journal::Step& done) {
  const std::uint64_t index = result_.steps;
  publisher_.position().step = index + 1;
  publisher_.position().attempt = past_.attempt_of(index + 1);
  publisher_.position().happened_unix_ns = done.unix_ns;
  publisher_.publish(EventKind::StepBegin, {{metric::lr, done.lr}});
  record_ = done;
  StepInputs again = inputs(done.lr, {});
  if (index >= past_.parameters_step) again.updates = &replay_;
  StepContext context(again);
  optimizer_.step(context);
  finish_step(context, done.lr, static_cast<std::int64_t>(done.duration_ns));
  check_hash();
  if (hooks_.catching_up) hooks_.catching_up(result_.steps, past_.last_step());
}

void Trainer::finish_step(const StepContext& context, double lr, std::int64_t step_ns) {
  ++result_.steps;
  result_.skipped += context.outcome().skipped;
  result_.seconds += static_cast<double>(step_ns) * 1e-9;
  publish_step(context.outcome(), lr, step_ns);
  if (context.outcome().skipped) heed_nonfinite();
  if (result_.steps <= past_.last_step()) reach_past();
}

void Trainer::heed_nonfinite() {
  if (is_behind()) return;  // was heeded, or the option was another then
  const std::string what =
      "a loss of step " + std::to_string(result_.steps) + " is not finite; its update was skipped";
  if (options_.on_nonfinite == TrainerOptions::NonFinite::Raise)
    throw RunError(what, "--on-nonfinite raise", "Lower the learning rate, or check the data.");
  if (options_.on_nonfinite == TrainerOptions::NonFinite::Stop) stop("--on-nonfinite", what);
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

void Trainer::stop(std::string author, std::string why) {
  result_.end = TrainResult::End::Stopped;
  result_.author = std::move(author);
  result_.why = std::move(why);
  result_.reason = "stopped: " + result_.author + ": " + result_.why;
}

}  // namespace trainbus
