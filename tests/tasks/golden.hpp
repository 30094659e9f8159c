// Golden files: text for users, as last accepted.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace trainbus::testing {

// Compares text with a file of the test data. TRAINBUS_ACCEPT=1 in the environment accepts a
// change.
inline void check_golden(const std::string& text, const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(TRAINBUS_TEST_DATA) / name;
  if (const char* accept = std::getenv("TRAINBUS_ACCEPT"); accept && *accept)
    std::ofstream(path, std::ios::binary) << text;
  std::ifstream in(path, std::ios::binary);
  const std::string expected(std::istreambuf_iterator<char>(in), {});
  BOOST_TEST(text == expected, name << " differs; run with TRAINBUS_ACCEPT=1 to accept:\n" << text);
}

}  // namespace trainbus::testing
