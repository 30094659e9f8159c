// Reads a run's options from its run.json, for an attempt that resumes it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/journal/records.hpp"
#include "core/plan/run_file.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// The text of run.json in the folder of a run or, if it is missing, the record in the journal,
// which is the same without attempts. Throws RunError if neither can be read.
TRAINBUS_EXPORT std::string record_of_run(const std::filesystem::path& folder);
// The record in a journal's header; may be empty.
TRAINBUS_EXPORT std::string record_of_run(const journal::Header& header);

// The options of a run.json as a run file: its plugins, and every value that was not a default.
// name: of the file, for messages. run: the run's folder now. Values of secret options are missing.
// Throws UsageError if the text is not a run's record.
TRAINBUS_EXPORT RunFile recorded_options(std::string_view run_json, std::string name,
                                         const std::filesystem::path& run = {});

// A value of a run that has changed. "mezo.lr", "task.template"; "plugin csv" for an observer that
// was added or removed.
struct OptionChange {
  std::string option, before, after;
  // The path of a model or of data, whose content is compared elsewhere.
  bool is_place = false;
};
// In the order of the record, then new options. The run's folder and name do not count, nor do two
// spellings of one path.
TRAINBUS_EXPORT std::vector<OptionChange> changes_since(std::string_view run_json,
                                                        const RunSpec& spec);

// One sentence for each plugin whose file has other contents or another path than in the record.
TRAINBUS_EXPORT std::vector<std::string> plugin_changes(std::string_view run_json,
                                                        const RunSpec& spec);

// Whether the run completed.
TRAINBUS_EXPORT bool is_complete(std::string_view run_json);

}  // namespace trainbus
