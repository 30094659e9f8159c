// The file with a task's starting scores: computed once, read by every later attempt at the run.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "engine/task.hpp"
#include "models/model.hpp"

namespace trainbus {

// Where a run keeps them: its folder's `starting-scores`.
std::filesystem::path starting_scores_file(const std::filesystem::path& run_folder);

// Gives the task its scores: those of the file or, if there is none or it is damaged (which is
// logged), computed with the model as it is, as the run began with it, and written to the file. A
// failure to write is logged: then the next attempt computes them again. header: the journal's.
// Returns the file's bytes; empty if `stop` said so before they were known.
std::string settle_starting_scores(StartingScores& scores, const Model& model,
                                   std::string_view header, const std::filesystem::path& file,
                                   const std::function<bool()>& stop);

// Computes them with the model as it is and gives them to the task, for what keeps nothing. False:
// `stop` said so.
TRAINBUS_EXPORT bool compute_starting_scores(StartingScores& scores, const Model& model,
                                             const std::function<bool()>& stop);

// For a model that a run has written: gives the task the scores that lie in the run's folder,
// beside the model's. Those of other data are logged and not used.
void find_starting_scores(const Task& task, const std::filesystem::path& model);

// Gives the task the scores in a file's bytes. Throws RunError if they are damaged, or those of
// other data or another start than the header's. What the header lacks is not
// compared.
TRAINBUS_EXPORT void use_starting_scores(StartingScores& scores, std::string_view bytes,
                                         std::string_view header, const std::string& name);

}  // namespace trainbus
