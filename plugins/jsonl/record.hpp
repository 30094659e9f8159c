// Lines of metrics.jsonl: made from events, and read when a run resumes.
#pragma once

#include <trainbus/plugin.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// The beginning of every line: the version of the layout.
inline constexpr std::string_view signature = R"({"v":1,"type":)";

// "step" for on_step.
std::string_view type_of(std::string_view event_name);

// {"v":1,"type":…,"attempt":…,"step":…,"t":…,"epoch":…, then text and scalars by name}. t: Unix
// seconds.
std::string record_of(const trainbus::Event& event);
// The same for an on_histogram: with "tensor", and after its scalars "limits", the right edges of
// the buckets, and "counts".
std::string record_of(const trainbus::Event& event, const trainbus::Histogram& histogram);
// The line that marks a resume: earlier lines with a higher step no longer count.
std::string resume_record(const trainbus::Event& train_begin, std::uint64_t step);

// The end of a file: the last step that has a line, and the number of its lines of each type. Lines
// about an attempt as such, its begin and end, belong to no step.
struct FileEnd {
  std::uint64_t step = 0;
  std::map<std::string, std::uint64_t, std::less<>> count;
};
FileEnd end_of(const trainbus::LineFile& file);
