// Reads run folders.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "report/run.hpp"

namespace trainbus::report {

// Throws UsageError if a folder is not a run, naming the runs inside it, or is given twice. Missing
// or damaged files of a run become notes.
std::vector<Run> read_runs(std::span<const std::string> folders);

}  // namespace trainbus::report
