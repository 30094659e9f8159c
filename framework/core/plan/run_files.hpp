// Which files in the folder of a run the run itself wrote. All others belong to the user.
#pragma once

#include <filesystem>
#include <vector>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// Paths relative to the folder, sorted: the record, the journal and the log; models and
// checkpoints, file by file; and what the record says that its plugins wrote there. run.lock is
// none of them. record: the text of run.json; empty: none. Throws RunError if the folder cannot be
// listed.
TRAINBUS_EXPORT std::vector<std::filesystem::path> files_of_run(FileSystem& files,
                                                                const std::filesystem::path& run,
                                                                std::string_view record);

// Every file below the folder, relative to it, sorted; links are files.
TRAINBUS_EXPORT std::vector<std::filesystem::path> files_below(FileSystem& files,
                                                               const std::filesystem::path& folder);

// Whether a file's or folder's name ends with ".tmp-" and a process's number, which "-" and a
// counter may follow: it is a temporary file of a killed process.
TRAINBUS_EXPORT bool is_temporary(std::string_view name);

}  // namespace trainbus
