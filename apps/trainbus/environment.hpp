// What launchers of many processes leave in the environment, and the descriptors that a process
// begins with.
#pragma once

#include <string>
#include <vector>

namespace trainbus::cli {

// Throws UsageError if the environment says that this process is one of several: a run is of one
// process. Returns what a person should know, one sentence each: variables that are ignored.
std::vector<std::string> check_single_process();

// Standard input, output and error that are closed become /dev/null, so that no file of a run gets
// their number. Output stays unwritable: what is printed there fails, as it should.
void fill_closed_descriptors();

// Whether standard output is a pipe or terminal whose other end is gone, or was closed.
bool output_has_no_reader();

}  // namespace trainbus::cli
