// The two metrics files: the table of the csv sink and the records of the jsonl sink.
#pragma once

#include <string_view>

#include "report/run.hpp"

namespace trainbus::report {

// Both take the file's whole text, put its numbers into metrics and its problems into the notes;
// metrics.file names it. A last line without its line feed is being written, or torn: left out.
void read_csv(std::string_view text, Metrics& metrics);
void read_jsonl(std::string_view text, Metrics& metrics);

}  // namespace trainbus::report
