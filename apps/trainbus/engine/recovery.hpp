// What makes a run resumable: what its journal says of it, its checkpoints, and where it goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/journal/reader.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/optimizer.hpp"
#include "engine/past.hpp"
#include "run_folder.hpp"
#include "subject.hpp"

namespace trainbus {

// JSON: the run as asked, and what its steps depend on beside that: the start of the parameters,
// their names and shapes, the training data.
std::string journal_header(const RunSpec& spec, const Subject& subject);
// JSON: on what the attempt runs, which decides over the last bits of forward passes: version,
// processor, threads. changes: of options since the attempt before.
std::string attempt_text(const RunSpec& spec, const std::vector<OptionChange>& changes);

// Throws UsageError if the model or the data are not those that the run began with.
void check_header(const journal::Contents& journal, const Subject& subject);
// Says in the log what is another now than in the attempt before, if it may change the last bits.
void compare_surroundings(const journal::Contents& journal, const RunSpec& spec);

// Whether the run that is to go on is complete, and nothing is asked for that changes it: then says
// so, and how to go on.
bool nothing_is_left(const RunSpec& spec, const RunFolder& folder, std::ostream& out);

// The step after which a run can go on at the latest, and the checkpoint to begin with, if there is
// one. Names damaged checkpoints in the log.
struct ResumePoint {
  std::uint64_t step = 0;
  std::optional<std::filesystem::path> checkpoint;
  std::uint64_t checkpoint_step = 0;  // 0 without
};
ResumePoint resume_point(const std::filesystem::path& run_folder, const journal::Contents& journal,
                         const Optimizer& optimizer);

// Brings the parameters to the checkpoint of the point, and gives what a Trainer needs to go on.
Past past_until(const ResumePoint& point, const journal::Contents& journal, Parameters& parameters);

// Writes checkpoints/step-N: the model as save_subject does, residuals, and the optimizer's state.
// Throws RunError.
std::filesystem::path save_checkpoint(const std::filesystem::path& run_folder, std::uint64_t step,
                                      const Subject& subject, const Optimizer& optimizer);

}  // namespace trainbus
