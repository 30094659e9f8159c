// Tables in the documentation that a test writes.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace trainbus::testing {

// Compares the part of a page between <!-- NAME: … --> and <!-- end of NAME -->, each a line of its
// own, with what was found. TRAINBUS_ACCEPT: puts it there.
inline void check_page_table(const std::filesystem::path& page, const std::string& name,
                             const std::string& found) {
  const std::filesystem::path path = TRAINBUS_SOURCE_DIR / page;
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t begin = text.find("<!-- " + name + ":");
  const std::size_t end = text.find("<!-- end of " + name + " -->");
  BOOST_REQUIRE_MESSAGE(begin < end && end != text.npos, path << " has no table " << name);
  const std::size_t from = text.find('\n', begin) + 1;
  if (std::getenv("TRAINBUS_ACCEPT") != nullptr)
    std::ofstream(path, std::ios::binary) << text.substr(0, from) + found + text.substr(end);
  else
    BOOST_TEST(text.substr(from, end - from) == found,
               path << " does not say what is so:\n"
                    << found << "If it is right, accept it: tests/accept.sh");
}

}  // namespace trainbus::testing
