#include "report/page.hpp"

#include <map>

#include "core/io/error.hpp"

namespace trainbus::report {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// Replaces {{names}} by parts, without replacing names inside parts.
std::string filled(std::string_view form, const std::map<std::string_view, std::string>& parts) {
  std::string result;
  while (true) {
    const std::size_t begin = form.find("{{");
    result += form.substr(0, begin);
    if (begin == form.npos) return result;
    const std::size_t end = form.find("}}", begin);
    result += parts.at(form.substr(begin + 2, end - begin - 2));
    form.remove_prefix(end + 2);
  }
}

}  // namespace

std::string page_of(const Assets& assets, const Heading& heading, std::string_view data) {
  if (assets.chart_library.empty())
    throw UsageError("this trainbus was built without its charting library", "report",
                     "Install the Debian package libjs-chart.js, then configure and build again.");
  return filled(assets.page, {{"title", escaped(heading.title)},
                              {"generator", std::string(generator)},
                              {"connect", heading.live ? "'self'" : "'none'"},
                              {"style", std::string(assets.style)},
                              {"chart_licence", std::string(assets.chart_licence)},
                              {"chart_library", std::string(assets.chart_library)},
                              {"data", std::string(data)},
                              {"scripts", std::string(assets.scripts)}});
}

}  // namespace trainbus::report
