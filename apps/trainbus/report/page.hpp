// The page: one HTML file with its style, its scripts, the charting library and its data inside.
#pragma once

#include <string>
#include <string_view>

#include "report/data.hpp"

namespace trainbus::report {

// What the page is made of, embedded when trainbus was built; valid as long as the program.
struct Assets {
  std::string_view page, style, scripts;
  std::string_view chart_library, chart_licence;  // empty: the package was not there
};
const Assets& built_in_assets();

// The whole page; data: what data_of() gave. It loads nothing, and a policy in it forbids the
// browser to. Throws UsageError if there is no charting library.
std::string page_of(const Assets& assets, const Heading& heading, std::string_view data);

// In the head of every page: tells a report from a file that must not be replaced.
constexpr std::string_view generator = R"(<meta name="generator" content="trainbus report">)";

}  // namespace trainbus::report
