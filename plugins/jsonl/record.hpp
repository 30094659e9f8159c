// A line of metrics.jsonl: made from an event, and recognised again when a run resumes.
#pragma once

#include <trainbus/plugin.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// How every line begins: the version of the layout.
inline constexpr std::string_view signature = R"({"v":1,"type":)";

// "step" for on_step.
std::string_view type_of(std::string_view event_name);

// {"v":1,"type":…,"attempt":…,"step":…,"t":…,"epoch":…, then text and scalars by name}. t: Unix
// seconds.
std::string record_of(const trainbus::Event& event);
// The same of an on_histogram: with "tensor", and behind its scalars "limits", the right edges of
// the buckets, and "counts".
std::string record_of(const trainbus::Event& event, const trainbus::Histogram& histogram);
// The line that marks where an attempt went on: what has a higher step before it was done again.
std::string resume_record(const trainbus::Event& train_begin, std::uint64_t step);

// Where a file ends: the last step that a line tells of, and how many lines of each type do. Lines
// about an attempt as such, its begin and end, tell of none.
struct FileEnd {
  std::uint64_t step = 0;
  std::map<std::string, std::uint64_t, std::less<>> count;
};
FileEnd end_of(const trainbus::LineFile& file);
