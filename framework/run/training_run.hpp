// An attempt at a run, with everything around the loop: journal, record, checkpoints, best model,
// plugins, and going on where an earlier attempt ended.
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
#include "run/resume.hpp"
#include "run/run_folder.hpp"

namespace trainbus {

// What is trained, on what, and how. The references must outlive the run.
struct RunParts {
  Model& model;
  const Task& task;
  Optimizer& optimizer;
  Schedule schedule;
  // Writes the model into a folder, with all that reading it again takes; empty: model.safetensors
  // with the parameters alone.
  std::function<void(const std::filesystem::path& folder)> save_model = {};
  std::string configuration = {};  // see RunBasis
  StepDevice* device = nullptr;    // takes the steps; null: they are taken here
};

struct RunOptions {
  std::string keep_best = {};        // see BestModel
  std::size_t keep_checkpoints = 0;  // the newest, at least two; 0: all
  Bus::Options bus = {};
};

// Where an attempt goes on.
struct Continuation {
  ResumePoint point;
  std::uint64_t journal_step = 0;  // the last one in the journal
  std::uint32_t attempt = 1;       // its number
  bool replays = false;            // steps of the journal are done again first
  std::vector<OptionChange> changes;
};

class TRAINBUS_EXPORT TrainingRun {
 public:
  enum class Outcome {
    Done,        // to its end, or stopped by an observer
    Resumable,   // ended early; the run can go on
    Interrupted  // ended early, and there is nothing to go on from
  };

  // Creates the observers, so the folder's make_room() is done here; the attempt has not begun.
  // spec, for the record: with all that its options come to. Throws UsageError and PluginError.
  TrainingRun(RunSpec spec, RunFolder& folder, RunParts parts, TrainerOptions options,
              RunOptions run_options = {}, Requests* requests = nullptr);
  ~TrainingRun();
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  // The attempt begins: journal and record are written, and parameters are those of the checkpoint
  // to go on from, if there is one. None: the run is new. Throws UsageError if the run cannot go on
  // with these parts.
  std::optional<Continuation> begin();
  // The loop. What it throws is in the record, and thrown on.
  TrainResult train();
  // Saves the model and writes how the attempt ended. Throws RunError if the model cannot be saved
  // and nothing else brings it back.
  Outcome finish(const TrainResult& result);

  Bus& bus() { return bus_; }
  // The step that this attempt goes on after.
  std::uint64_t begun_at() const { return begun_at_; }

 private:
  void begin_new();
  Continuation begin_again();
  TrainerHooks hooks();
  std::optional<std::filesystem::path> save(std::uint64_t step);
  void save_best(std::uint64_t step);
  void save_model(const TrainResult& result);
  RunEnd end_of(const TrainResult& result) const;
  RunBasis basis() const { return {parts_.model, &parts_.task, parts_.configuration}; }
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
  ReplaySource replay_source_;
  std::uint64_t begun_at_ = 0;
  bool has_checkpoint_ = false;
  Bus bus_;
};

}  // namespace trainbus
