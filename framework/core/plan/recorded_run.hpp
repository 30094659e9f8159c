// A run again from its run.json: what was asked, for an attempt that goes on with it.
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

// What run.json says in the folder of a run or, if it is gone, what the journal there says: the
// same without attempts. Throws RunError if neither can be read.
TRAINBUS_EXPORT std::string record_of_run(const std::filesystem::path& folder);
// What a journal's header says of its run; empty if that is nothing.
TRAINBUS_EXPORT std::string record_of_run(const journal::Header& header);

// What a run.json says was asked, as the run file that would ask the same: its plugins, and every
// value that was not a default. name: of the file, for messages. run: the run's folder as it is
// now. Values of secret options are not in it. Throws UsageError if the text is not a run's record.
TRAINBUS_EXPORT RunFile recorded_options(std::string_view run_json, std::string name,
                                         const std::filesystem::path& run = {});

// A value of a run that is another now. "mezo.lr", "task.template"; "plugin csv" for an observer
// that is new or gone.
struct OptionChange {
  std::string option, before, after;
  // The path of a model or of data, whose content is compared elsewhere.
  bool is_place = false;
};
// In the order of the record, then what is new. Where the run's folder is and what the run is
// called is none, and two ways to write one path are none.
TRAINBUS_EXPORT std::vector<OptionChange> changes_since(std::string_view run_json,
                                                        const RunSpec& spec);

// One sentence for each plugin whose file has other contents than in the record, or another place.
TRAINBUS_EXPORT std::vector<std::string> plugin_changes(std::string_view run_json,
                                                        const RunSpec& spec);

// Whether the run came to its end.
TRAINBUS_EXPORT bool is_complete(std::string_view run_json);

}  // namespace trainbus
