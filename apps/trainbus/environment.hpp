// What a process is started with: descriptors, the current folder.
#pragma once

namespace trainbus::cli {

// Opens /dev/null for closed standard input, output and error, so that no file of a run gets their
// number. Output stays unwritable, so that printing fails.
void fill_closed_descriptors();

// Throws UsageError if the current folder was deleted: libraries that LibTorch loads on demand then
// end the process (seen with oneMKL).
void check_current_folder();

// Whether standard output was closed, or is a pipe or terminal whose other end is gone.
bool output_has_no_reader();

}  // namespace trainbus::cli
