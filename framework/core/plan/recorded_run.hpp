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
// value that was not a default. name: of the file, for messages. Values of secret options are not
// in it. Throws UsageError if the text is not a run's record.
TRAINBUS_EXPORT RunFile recorded_options(std::string_view run_json, std::string name);

// A value of a run that is another now. "mezo.lr", "task.template"; "plugin csv" for an observer
// that is new or gone.
struct OptionChange {
  std::string option, before, after;
};
// In the order of the record, then what is new. Where the run lies and what it is called is none.
TRAINBUS_EXPORT std::vector<OptionChange> changes_since(std::string_view run_json,
                                                        const RunSpec& spec);

}  // namespace trainbus
