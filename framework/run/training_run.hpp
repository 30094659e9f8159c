// An attempt at a run, with everything around the loop: journal, record, checkpoints, best model,
// plugins, and resuming an earlier attempt.
//
//     RunFolder folder("runs/first", RunFolder::Claim::NewOrResume);
//     TrainingRun run(spec, folder, {model, task, optimizer, schedule}, {.max_steps = 1000});
//     run.begin();
//     run.finish(run.train());
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bus/bus.hpp"
#include "core/bus/control.hpp"
#include "core/export.hpp"
#include "core/host/file_register.hpp"
#include "core/host/isolate/isolated_observer.hpp"
#include "core/io/requests.hpp"
#include "core/journal/writer.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/trainer.hpp"
#include "run/best_model.hpp"
#include "run/leading_run.hpp"
#include "run/resume.hpp"
#include "run/run_folder.hpp"

namespace trainbus {

// What is trained, on what, and how. The references must outlive the run.
struct RunParts {
  Model& model;
  const Task& task;
  Optimizer& optimizer;
  Schedule schedule;
  // Writes the model into a folder, with everything that is needed to load it; empty:
  // model.safetensors with the parameters alone.
  std::function<void(const std::filesystem::path& folder)> save_model = {};
  std::string configuration = {};  // see RunBasis
  StepDevice* device = nullptr;    // takes the steps; null: they are computed on the CPU
  // Processes, where their number shows in the last bits: of a first-order run; else 1.
  std::size_t ranks_in_bits = 1;
};

struct RunOptions {
  std::string keep_best = {};        // see BestModel
  std::size_t keep_checkpoints = 0;  // how many of the newest, at least two; 0: all
  Bus::Options bus = {};
};

// How an attempt continues the run.
struct Continuation {
  ResumePoint point;
  std::uint64_t journal_step = 0;  // the last step in the journal
  std::uint32_t attempt = 1;       // its number
  bool replays = false;            // steps of the journal are replayed first
  std::vector<OptionChange> changes;
};

class TRAINBUS_EXPORT TrainingRun {
 public:
  enum class Outcome {
    Done,        // completed, or stopped by an observer
    Resumable,   // ended early; the run can be resumed
    BeginsAnew,  // as Resumable, and is to be at once: see TrainResult
    Interrupted  // ended early; the run cannot be resumed
  };

  // Creates the observers, after calling the folder's make_room(); does not begin the attempt.
  // spec, for the record: with the resolved values of all options. Throws UsageError and
  // PluginError.
  TrainingRun(RunSpec spec, RunFolder& folder, RunParts parts, TrainerOptions options,
              RunOptions run_options = {}, Requests* requests = nullptr);
  ~TrainingRun();
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  // Begins the attempt: writes journal and record, and loads the checkpoint to resume from, if
  // there is one. Returns none if the run is new. Throws UsageError if the run cannot be resumed
  // with these parts.
  std::optional<Continuation> begin();
  // Runs the loop. ranks: of a run of several processes, which this one leads; its workers are
  // waited for first, and let go after the last step. An exception is recorded and thrown on.
  TrainResult train(LeadingRun* ranks = nullptr);
  // Saves the model and records how the attempt ended. Throws RunError if the model cannot be saved
  // and cannot be restored otherwise.
  Outcome finish(const TrainResult& result);

  Bus& bus() { return bus_; }
  // The step that this attempt continues after.
  std::uint64_t begun_at() const { return begun_at_; }

 private:
  void begin_new();
  void settle_scores();
  Continuation begin_again();
  TrainerHooks hooks();
  void gather(LeadingRun& ranks);
  TrainResult loop(TrainerHooks hooks);
  std::optional<std::filesystem::path> save(std::uint64_t step);
  void save_best(std::uint64_t step);
  void save_model(const TrainResult& result);
  RunEnd end_of(const TrainResult& result) const;
  RunBasis basis() const {
    return {parts_.model, parts_.optimizer, &parts_.task, parts_.configuration};
  }
  bool hurried() const { return requests_ && requests_->hurried(); }
  bool can_go_on() const { return parts_.optimizer.replays() || has_checkpoint_; }
  std::string resume_command() const;

  RunSpec spec_;
  RunFolder& folder_;
  RunParts parts_;
  TrainerOptions options_;
  RunOptions run_options_;
  Requests* requests_;
  BestModel best_;
  ControlDesk desk_;
  FileRegister files_;
  std::unique_ptr<journal::Writer> journal_;
  std::string header_;  // of the journal
  std::string scores_;  // the bytes of the task's starting scores
  LeadingRun* ranks_ = nullptr;
  ReplaySource replay_source_;
  std::uint64_t begun_at_ = 0;
  bool has_checkpoint_ = false;
  Bus bus_;
};

}  // namespace trainbus
