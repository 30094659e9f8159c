// Resuming a run: its description in the journal, its checkpoints, and the step to resume from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/optimizer.hpp"
#include "engine/replay/replay_source.hpp"
#include "models/model.hpp"

namespace trainbus {

// What a run's steps depend on besides its options. The model's parameters must be those at the
// begin of the run.
struct RunBasis {
  const Model& model;
  const Optimizer& optimizer;
  const Task* task = nullptr;  // null: data is not compared
  // A JSON object of everything else that the model's numbers depend on, such as "rope_theta";
  // empty: nothing.
  std::string configuration;
};

// JSON: the run as asked, and its basis: the start of the parameters, their names and shapes, the
// model's configuration, the training data, the addressing of z: 1, or 2 and the number of shares
// (see kernels/direction.hpp).
TRAINBUS_EXPORT std::string journal_header(const RunSpec& spec, const RunBasis& basis);
// JSON: what the last bits of forward passes depend on: version, processor, threads. changes: the
// options that changed since the previous attempt. ranks: the number of processes of a run whose
// last bits depend on it (see RunParts); else 1.
TRAINBUS_EXPORT std::string attempt_text(const RunSpec& spec,
                                         const std::vector<OptionChange>& changes,
                                         std::size_t ranks = 1);

// Throws UsageError if the model, the data or the number of shares differ from those that the run
// began with, or if this build does not know the addressing of z. Values that an older journal
// lacks are not compared.
TRAINBUS_EXPORT void check_header(const journal::Contents& journal, const RunBasis& basis);
// Logs what differs from the previous attempt, if it may change the last bits.
TRAINBUS_EXPORT void compare_surroundings(const journal::Contents& journal, const RunSpec& spec,
                                          std::size_t ranks = 1);

// The last step after which a run can be resumed, and the checkpoint to load, if there is one. Logs
// damaged checkpoints.
struct ResumePoint {
  std::uint64_t step = 0;
  std::optional<std::filesystem::path> checkpoint;
  std::uint64_t checkpoint_step = 0;  // 0 without
};
TRAINBUS_EXPORT ResumePoint resume_point(const std::filesystem::path& run_folder,
                                         const journal::Contents& journal,
                                         const Optimizer& optimizer);

// Loads the point's checkpoint into the parameters, and returns the steps that a Trainer has to
// replay.
TRAINBUS_EXPORT ReplaySource replay_source_at(const ResumePoint& point,
                                              const journal::Contents& journal,
                                              Parameters& parameters);

// Writes checkpoints/step-N: the model as save_model does, residuals, and the optimizer's state.
// Throws RunError.
TRAINBUS_EXPORT std::filesystem::path save_checkpoint(
    const std::filesystem::path& run_folder, std::uint64_t step, const Parameters& parameters,
    const Optimizer& optimizer,
    const std::function<void(const std::filesystem::path&)>& save_model);

}  // namespace trainbus
