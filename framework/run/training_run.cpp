#include "run/training_run.hpp"

#include <chrono>
#include <utility>

#include "core/checkpoint/checkpoints.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_observers.hpp"
#include "core/plan/shell_text.hpp"
#include "models/files/parameter_files.hpp"
#include "run/starting_scores.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

void show_catching_up(std::uint64_t done, std::uint64_t total) {
  if (done % 64 != 0 && done != total) return;
  terminal().set_live(0, done == total ? ""
                                       : "catching up " + std::to_string(done) + "/" +
                                             std::to_string(total) + " steps");
}

RunParts with_save(RunParts parts) {
  if (!parts.save_model)
    parts.save_model = [&model = parts.model](const fs::path& folder) {
      file_system().make_folders(folder);
      save_parameters(model.parameters(), folder / "model.safetensors");
    };
  return parts;
}

std::int64_t unix_ns() {
  using std::chrono::duration_cast, std::chrono::nanoseconds, std::chrono::system_clock;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

// The files that the run reads, which no sink may write; and the files of its earlier attempts,
// also outside its folder, which sinks may continue.
void enter_files(FileRegister& files, const RunSpec& spec, const RunFolder& folder) {
  for (const OptionValues* values : {&spec.run, &spec.task})
    for (const Option& option : values->schema())
      if (option.type == "path" && fs::is_regular_file(values->text(option.name)))
        files.reserve(values->text(option.name),
                      "what --" + (values->prefix().empty() ? "" : values->prefix() + ".") +
                          option.name + " names");
  if (folder.earlier_record().empty()) return;
  for (const RunFileSection& section : recorded_options(folder.earlier_record(), "").sections)
    for (const RunFileEntry& entry : section.entries) files.adopt(folder.path() / entry.value);
}

}  // namespace

TrainingRun::TrainingRun(RunSpec spec, RunFolder& folder, RunParts parts, TrainerOptions options,
                         RunOptions run_options, Requests* requests)
    : spec_(std::move(spec)),
      folder_(folder),
      parts_(with_save(std::move(parts))),
      options_(std::move(options)),
      run_options_(std::move(run_options)),
      requests_(requests),
      best_(run_options_.keep_best, parts_.task.metrics()),
      files_(folder.path()),
      bus_(run_options_.bus) {
  options_.run_json = to_json(spec_);
  folder_.make_room();
  enter_files(files_, spec_, folder_);
  add_observers(bus_, spec_.plugins,
                {.run_directory = folder_.path(),
                 .files = file_system(),
                 .terminal = terminal(),
                 .control = &desk_,
                 .claims = &files_},
                {run_options_.bus.patience, run_options_.bus.hang_limit});
}

TrainingRun::~TrainingRun() = default;

std::string TrainingRun::resume_command() const {
  return "trainbus resume " + shell_text(folder_.path().string());
}

std::optional<Continuation> TrainingRun::begin() {
  if (folder_.resumes()) return begin_again();
  begin_new();
  return std::nullopt;
}

void TrainingRun::begin_new() {
  const std::string text = attempt_text(spec_, {}, parts_.ranks_in_bits);
  const std::int64_t now = unix_ns();
  header_ = journal_header(spec_, basis());
  journal_ = std::make_unique<journal::Writer>(file_system(), folder_.journal(),
                                               journal::Header{.text = header_});
  journal_->append(journal::Attempt{1, 0, now, text});
  folder_.begin(options_.run_json, {.unix_ns = now, .text = text});
  settle_scores();
}

// With the model as the run began.
void TrainingRun::settle_scores() {
  if (StartingScores* scores = parts_.task.starting_scores())
    scores_ =
        settle_starting_scores(*scores, parts_.model, header_, starting_scores_file(folder_.path()),
                               [this] { return requests_ && requests_->stop_requested(); });
}

Continuation TrainingRun::begin_again() {
  const journal::Contents journal = journal::read(file_system(), folder_.journal());
  if (!journal.whole())
    log::warning("the journal's last " + std::to_string(journal.file_bytes - journal.good_bytes) +
                 " bytes are cut off: " + journal.damage);
  check_header(journal, basis());
  compare_surroundings(journal, spec_, parts_.ranks_in_bits);
  header_ = journal.header.text;
  for (const std::string& change : plugin_changes(folder_.earlier_record(), spec_))
    log::warning(change);
  // First: after a power loss one folder can have both names, the temporary one and its own.
  remove_temporaries(file_system(), folder_.path() / "checkpoints");
  const ResumePoint point = resume_point(folder_.path(), journal, parts_.optimizer);
  if (options_.max_steps < point.step)
    throw UsageError("is " + std::to_string(options_.max_steps) + ", the run has done " +
                         std::to_string(point.step) + " steps",
                     "--max-steps",
                     "Give more. The model of an earlier step: trainbus replay " +
                         shell_text(folder_.path().string()) + " --step N -o DIR");
  settle_scores();
  replay_source_ = replay_source_at(point, journal, parts_.model.parameters());
  Continuation continuation{.point = point,
                            .journal_step = journal.last_step,
                            .attempt = replay_source_.attempt(),
                            .replays = replay_source_.last_step() > replay_source_.parameters_step,
                            .changes = changes_since(folder_.earlier_record(), spec_)};
  const std::string text = attempt_text(spec_, continuation.changes, parts_.ranks_in_bits);
  const std::int64_t now = unix_ns();
  folder_.begin(options_.run_json, {replay_source_.attempt(), point.step, now, text});
  journal_ = std::make_unique<journal::Writer>(file_system(), folder_.journal(), journal);
  journal_->append(journal::Attempt{replay_source_.attempt(), point.step, now, text});
  begun_at_ = point.step;
  has_checkpoint_ = point.checkpoint.has_value();
  return continuation;
}

// A failure is only logged: the run goes on, and the older checkpoints stay.
std::optional<fs::path> TrainingRun::save(std::uint64_t step) try {
  if (hurried()) return std::nullopt;
  fs::path path = save_checkpoint(folder_.path(), step, parts_.model.parameters(), parts_.optimizer,
                                  parts_.save_model);
  has_checkpoint_ = true;
  if (run_options_.keep_checkpoints > 0)
    prune(file_system(), folder_.path() / "checkpoints", run_options_.keep_checkpoints);
  return path;
} catch (const RunError& error) {
  log::warning("no checkpoint of step " + std::to_string(step) + ": " + error.what() +
               " The training goes on; the next one is tried when it is due");
  return std::nullopt;
}

// A failure is only logged, as above.
void TrainingRun::save_best(std::uint64_t step) try {
  if (parts_.device) parts_.device->fetch(parts_.model.parameters());
  parts_.save_model(folder_.path() / "best-model");
  log::info("step " + std::to_string(step) + " is the best so far: saved as best-model");
} catch (const RunError& error) {
  log::warning("step " + std::to_string(step) + " is the best so far and is not saved: " +
               error.what() + " The training goes on; best-model, if it is there, is an older one");
}

TrainerHooks TrainingRun::hooks() {
  TrainerHooks hooks;
  hooks.control = &desk_;
  hooks.device = parts_.device;
  hooks.journal = journal_.get();
  if (requests_) {
    hooks.interrupted = [this] {
      return requests_->stop_requested() ? requests_->reason() : std::string();
    };
    hooks.save_wanted = [this] { return requests_->take_save(); };
  }
  hooks.save = [this](std::uint64_t step) { return save(step); };
  hooks.catching_up = show_catching_up;
  hooks.evaluated = [this](const Evaluation& evaluation, std::uint64_t step, bool again) {
    if (best_.improved(evaluation) && !again) save_best(step);
  };
  return hooks;
}

void TrainingRun::gather(LeadingRun& ranks) {
  ranks.hand_out(scores_);
  ranks.open(options_.run_json, header_, folder_.journal(), parts_.model, parts_.optimizer);
  ranks.gather(begun_at_);
  ranks.share(parts_.model.parameters(), replay_source_.optimizer_state);
}

TrainResult TrainingRun::train(LeadingRun* ranks) {
  TrainerHooks hooks = this->hooks();
  ranks_ = ranks;
  if (!ranks) return loop(std::move(hooks));
  try {
    gather(*ranks);
    hooks.communicator = &ranks->communicator();
    const TrainResult result = loop(std::move(hooks));
    if (result.begins_anew) {
      ranks->begin_anew(result.why);
      return result;
    }
    const bool goes_on = result.end == TrainResult::End::Interrupted;
    ranks->end(goes_on ? ranks::End::How::Interrupted : ranks::End::How::Completed, result.reason);
    return result;
  } catch (const std::exception& error) {
    ranks->end(ranks::End::How::Failed, error.what());
    throw;
  }
}

TrainResult TrainingRun::loop(TrainerHooks hooks) {
  Trainer trainer(parts_.model, parts_.task, parts_.optimizer, parts_.schedule, bus_, options_,
                  std::move(hooks), std::move(replay_source_));
  try {
    return trainer.run();
  } catch (const std::exception& error) {
    terminal().close();
    RunEnd end = end_of(trainer.result());
    end.kind = "failed";
    end.reason = std::string("failed: ") + error.what();
    end.author.clear();
    end.why = error.what();
    folder_.end(end);
    throw;
  }
}

RunEnd TrainingRun::end_of(const TrainResult& result) const {
  return {.kind = end_name(result.end),
          .reason = result.reason,
          .author = result.author,
          .why = result.why,
          .step = result.steps,
          .forwards = result.forwards,
          .skipped = result.skipped,
          .unix_ns = unix_ns(),
          .seconds = result.seconds,
          .requests = desk_.history(),
          .observers = bus_.report(),
          .ranks = ranks_ ? ranks_->history() : std::vector<std::string>()};
}

// After an incomplete replay the parameters are not saved: they are those of an earlier step.
void TrainingRun::save_model(const TrainResult& result) {
  if (hurried() || result.steps < begun_at_) return;
  try {
    parts_.save_model(folder_.path() / "model");
  } catch (const RunError& error) {
    const std::string what = std::string("the model is not saved: ") + error.what();
    if (result.end == TrainResult::End::Interrupted && can_go_on())
      return log::warning(what + " Nothing is lost: the run goes on from its " +
                          (parts_.optimizer.replays() ? "journal" : "checkpoint"));
    RunEnd end = end_of(result);
    end.kind = "failed";
    end.why = what;
    end.reason = "failed: " + what;
    folder_.end(end);
    throw RunError(what, "", can_go_on() ? "When it can be written: " + resume_command() : "");
  }
}

TrainingRun::Outcome TrainingRun::finish(const TrainResult& result) {
  if (result.begins_anew) {
    folder_.end(end_of(result));
    return Outcome::BeginsAnew;
  }
  terminal().close();
  const bool is_there = file_system().exists(folder_.journal());
  save_model(result);
  RunEnd end = end_of(result);
  const bool ended_early = result.end == TrainResult::End::Interrupted || hurried();
  if (ended_early) end.kind = end_name(TrainResult::End::Interrupted);
  const bool failed = !ended_early && result.nothing_was_learned();
  if (failed) {
    end.kind = "failed";
    end.why = "no update was applied: no step had a finite loss and gradient";
    end.reason = "failed: " + end.why;
  }
  folder_.end(end);
  if (failed)
    throw RunError(end.why, folder_.path().string(),
                   "Try a smaller learning rate: `trainbus probe` with the options of this run "
                   "measures which ones suit it.");
  if (!is_there)
    log::warning(
        "the run's journal is gone, it was removed while the run was under way: the run "
        "cannot go on after this");
  if (!ended_early) return Outcome::Done;
  if (!can_go_on() || !is_there) return Outcome::Interrupted;
  log::info("to go on: " + resume_command());
  return Outcome::Resumable;
}

}  // namespace trainbus
