// The two metrics files: the table of the csv sink and the records of the jsonl sink.
#pragma once

#include <string_view>

#include "report/run.hpp"

namespace trainbus::report {

// Both parse the file's whole text and add its numbers and notes on its problems to metrics;
// metrics.file names it. A last line without line feed is incomplete and left out.
void read_csv(std::string_view text, Metrics& metrics);
void read_jsonl(std::string_view text, Metrics& metrics);

}  // namespace trainbus::report
