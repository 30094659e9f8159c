// Environment variables of multi-process launchers, and the descriptors that a process starts with.
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

// Whether standard output was closed, or is a pipe or terminal whose other end is gone.
bool output_has_no_reader();

}  // namespace trainbus::cli
