// The page: one HTML file with its style, its scripts, the charting library and its data inside.
#pragma once

#include <string>
#include <string_view>

#include "report/data.hpp"

namespace trainbus::report {

// The parts of the page, embedded when trainbus was built; valid until the program ends.
struct Assets {
  std::string_view page, style, scripts;
  std::string_view chart_library, chart_licence;  // empty: the package was missing
};
const Assets& built_in_assets();

// The whole page; data: from data_of(). It loads nothing, and its content policy forbids loading.
// Throws UsageError if there is no charting library.
std::string page_of(const Assets& assets, const Heading& heading, std::string_view data);

// In the head of every page: identifies a report, since other files must not be replaced.
constexpr std::string_view generator = R"(<meta name="generator" content="trainbus report">)";

}  // namespace trainbus::report
