// What makes a run resumable: what its journal says of it, its checkpoints, and where it goes on.
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

// What a run's steps depend on beside its options. The parameters as they are when it begins.
struct RunBasis {
  const Model& model;
  const Task* task = nullptr;  // null: data is not compared
  // A JSON object of all else that the model's numbers depend on, such as "rope_theta"; empty:
  // nothing.
  std::string configuration;
};

// JSON: the run as asked, and its basis: the start of the parameters, their names and shapes, the
// model's configuration, the training data.
TRAINBUS_EXPORT std::string journal_header(const RunSpec& spec, const RunBasis& basis);
// JSON: on what the attempt runs, which decides over the last bits of forward passes: version,
// processor, threads. changes: of options since the attempt before.
TRAINBUS_EXPORT std::string attempt_text(const RunSpec& spec,
                                         const std::vector<OptionChange>& changes);

// Throws UsageError if the model or the data are not those that the run began with. What an older
// journal does not say is not compared.
TRAINBUS_EXPORT void check_header(const journal::Contents& journal, const RunBasis& basis);
// Says in the log what is another now than in the attempt before, if it may change the last bits.
TRAINBUS_EXPORT void compare_surroundings(const journal::Contents& journal, const RunSpec& spec);

// The step after which a run can go on at the latest, and the checkpoint to begin with, if there is
// one. Names damaged checkpoints in the log.
struct ResumePoint {
  std::uint64_t step = 0;
  std::optional<std::filesystem::path> checkpoint;
  std::uint64_t checkpoint_step = 0;  // 0 without
};
TRAINBUS_EXPORT ResumePoint resume_point(const std::filesystem::path& run_folder,
                                         const journal::Contents& journal,
                                         const Optimizer& optimizer);

// Brings the parameters to the checkpoint of the point, and gives what a Trainer needs to go on.
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
