// framework/README.md maps the source: every header has a row there, and every row's file exists.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;
const fs::path framework = fs::path(TRAINBUS_SOURCE_DIR) / "framework";

// "core/", and a file of its table.
struct Entry {
  std::string section, name;
};

std::vector<Entry> mapped() {
  const std::regex heading(R"(^## (\w+)/)"), row(R"(^\| `([^`]+)` \|)");
  std::vector<Entry> entries;
  std::string section;
  std::ifstream stream(framework / "README.md");
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (std::regex_search(line, match, heading)) section = match[1];
    if (std::regex_search(line, match, row)) entries.push_back({section, match[1]});
  }
  return entries;
}

// Where the SDK's names begin.
fs::path folder_of(const std::string& section) {
  return section == "sdk" ? framework / "sdk/include/trainbus" : framework / section;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(map_test)

BOOST_AUTO_TEST_CASE(every_line_of_the_map_has_its_file) {
  for (const Entry& entry : mapped())
    BOOST_TEST(fs::exists(folder_of(entry.section) / entry.name),
               entry.section << "/" << entry.name << " is mapped, but is not there");
}

BOOST_AUTO_TEST_CASE(every_header_has_its_line) {
  const std::vector<Entry> entries = mapped();
  BOOST_TEST(entries.size() > 100u);  // else it looked in the wrong place
  for (const auto& file : fs::recursive_directory_iterator(framework)) {
    const fs::path extension = file.path().extension();
    if (extension != ".hpp" && extension != ".h") continue;
    const std::string section = *fs::relative(file.path(), framework).begin();
    const std::string name = fs::relative(file.path(), folder_of(section)).string();
    BOOST_TEST(std::ranges::any_of(
                   entries, [&](const Entry& e) { return e.section == section && e.name == name; }),
               section << "/" << name << " has no line in framework/README.md");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
