// What a process is started with: environment variables of multi-process launchers, descriptors,
// the current folder.
#pragma once

#include <string>
#include <vector>

namespace trainbus::cli {

// Throws UsageError if the environment says that this process is one of several: a run has one
// process. Returns notes for the user, one sentence each: variables that are ignored.
std::vector<std::string> check_single_process();

// Opens /dev/null for closed standard input, output and error, so that no file of a run gets their
// number. Output stays unwritable, so that printing fails.
void fill_closed_descriptors();

// Throws UsageError if the current folder was deleted: libraries that LibTorch loads on demand then
// end the process (seen with oneMKL).
void check_current_folder();

// Whether standard output was closed, or is a pipe or terminal whose other end is gone.
bool output_has_no_reader();

}  // namespace trainbus::cli
