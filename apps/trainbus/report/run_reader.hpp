// Reads run folders.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "report/run.hpp"

namespace trainbus::report {

// Throws UsageError if a folder is no run, saying which folders inside are, or is named twice. What
// is missing or damaged inside a run becomes a note of it.
std::vector<Run> read_runs(std::span<const std::string> folders);

}  // namespace trainbus::report
