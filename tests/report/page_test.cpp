#include "report/page.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <regex>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"

namespace trainbus::testing {
namespace {

using report::Assets;
using report::Heading;
using report::page_of;

// The real page with something else for the library, which is not ours to check.
Assets assets() {
  Assets result = report::built_in_assets();
  result.chart_library = "/*library*/";
  result.chart_licence = "licence";
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(page)

BOOST_AUTO_TEST_CASE(nothing_in_it_is_loaded_from_elsewhere) {
  const std::string page = page_of(assets(), {"T", false, 0}, "{}");
  for (const char* forbidden : {"http:", "https:", "src=", "url(", "@import", "import(", "XMLHttp"})
    BOOST_TEST(page.find(forbidden) == std::string::npos, "there is a " << forbidden);
  BOOST_TEST(count(page, "<link") == 1u);  // the icon, which is empty
  BOOST_TEST(page.find(R"(href="data:,")") != std::string::npos);
  BOOST_TEST(page.find("default-src 'none'") != std::string::npos);
  BOOST_TEST(page.find("connect-src 'none'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_the_live_page_may_ask_its_own_server) {
  BOOST_TEST(page_of(assets(), {"T", true, 0}, "{}").find("connect-src 'self'") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(titles_are_text_and_not_markup) {
  const std::string page = page_of(assets(), {"<b> & \"{{data}}\"", false, 0}, "DATA");
  BOOST_TEST(page.find("<b>") == std::string::npos);
  BOOST_TEST(count(page, "&lt;b&gt; &amp; &quot;{{data}}&quot;") == 2u);
  BOOST_TEST(count(page, "DATA") == 1u);
}

BOOST_AUTO_TEST_CASE(elements_are_closed_and_every_id_that_scripts_ask_for_is_there) {
  const std::string page = page_of(assets(), {"T", false, 0}, "{}");
  for (const std::string name :
       {"script", "style", "section", "div", "details", "main", "body", "html"})
    BOOST_TEST(count(page, "<" + name) == count(page, "</" + name + ">"), name);
  const std::string scripts(assets().scripts);
  const std::regex asked(R"re((?:byId|fill)\("([^"]+)")re");
  int ids = 0;
  for (std::sregex_iterator at(scripts.begin(), scripts.end(), asked), end; at != end; ++at, ++ids)
    BOOST_TEST(page.find("id=\"" + (*at)[1].str() + '"') != std::string::npos, (*at)[1].str());
  BOOST_TEST(ids > 10);
}

BOOST_AUTO_TEST_CASE(every_script_of_the_page_is_in_it) {
  int scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TRAINBUS_PAGE_FOLDER)) {
    if (entry.path().extension() != ".js") continue;
    ++scripts;
    BOOST_TEST(
        assets().scripts.find(file_system().read_all(entry.path())) != std::string_view::npos,
        entry.path());
  }
  BOOST_TEST(scripts > 3);
}

BOOST_AUTO_TEST_CASE(without_the_charting_library_the_package_is_named) {
  Assets none = assets();
  none.chart_library = {};
  BOOST_CHECK_EXCEPTION(
      page_of(none, {"T", false, 0}, "{}"), UsageError, [](const UsageError& error) {
        return std::string(error.what()).find("libjs-chart.js") != std::string::npos;
      });
}

BOOST_AUTO_TEST_CASE(the_charting_library_comes_with_its_licence) {
#ifdef TRAINBUS_HAS_CHARTS
  const Assets& built_in = report::built_in_assets();
  BOOST_TEST(built_in.chart_library.find("Released under the MIT License") !=
             std::string_view::npos);
  BOOST_TEST(built_in.chart_licence.find("Permission is hereby granted") != std::string_view::npos);
  // Neither can end the element or the comment that contains it.
  BOOST_TEST(built_in.chart_library.find("</script") == std::string_view::npos);
  BOOST_TEST(built_in.chart_licence.find("*/") == std::string_view::npos);
  for (const char* call : {"fetch(", "XMLHttpRequest", "WebSocket", "import("})
    BOOST_TEST(built_in.chart_library.find(call) == std::string_view::npos, call);
#else
  BOOST_TEST(report::built_in_assets().chart_library.empty());
#endif
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
