#include "golden.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

namespace trainbus::testing {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

std::string in_quotes(const std::vector<std::string>& words) {
  std::string result = "trainbus";
  for (const std::string& word : words)
    result += word.find(' ') == std::string::npos ? ' ' + word : " '" + word + "'";
  return result;
}

// What `plugins check` measures, and what depends on the compiler.
std::string without_measurements(const std::string& text) {
  static const std::pair<std::regex, const char*> masks[] = {
      {std::regex("sha256( +)[0-9a-f]{64}"), "sha256$1HASH"},
      {std::regex("size( +)[0-9]+ bytes"), "size$1SIZE"},
      {std::regex("(\n  (exports|libraries|compiler) {2,})[^\n]*(\n {11,}[^\n]*)*"), "$1…"},
      {std::regex("EVENT +CALLS +MEAN +WORST"), "EVENT  CALLS  MEAN  WORST"},
      {std::regex("(  on_[a-z_]+) +([0-9]+)  [^\n]*"), "$1  $2  TIME  TIME"},
      {std::regex("it exports [0-9]+ symbols [^\n]*(\n  [^\n]*)*"), "it exports …"},
      {std::regex("(\n  (mean|worst) {2,})[^\n]*"), "$1TIME"},
      {std::regex("[0-9]+ bytes per (10?,000)"), "N bytes per $1"},
      {std::regex("and [0-9]+ with eight at once"), "and N with eight at once"},
      {std::regex("grows by [^\n]* per"), "grows by SIZE per"},
      {std::regex("written( +)[^\n]*"), "written$1SIZE"}};
  std::string result = text;
  for (const auto& [what, mask] : masks) result = std::regex_replace(result, what, mask);
  return result;
}

// The whole exchange as text, without what differs from machine to machine.
std::string transcript(const std::vector<std::string>& arguments, const Setting& setting) {
  const Outcome outcome = launch(arguments, setting);
  std::string text = "$ " + in_quotes(arguments) + "\nexit code " +
                     std::to_string(outcome.exit_code) + "\n---- standard output\n" + outcome.out +
                     "---- standard error\n" + outcome.err;
  const std::pair<std::string, const char*> names[] = {{setting.folder.string() + "/", "HERE/"},
                                                       {TOY_ROOT "/", "BUILD/"},
                                                       {TRAINBUS_BINARY_DIR "/", "TREE/"},
                                                       {TRAINBUS_VERSION, "VERSION"}};
  for (const auto& [from, to] : names)
    if (from != "//") replace_all(text, from, to);
  return without_measurements(text);
}

}  // namespace

void check_golden(const std::string& name, const std::vector<std::string>& arguments,
                  const Setting& setting) {
  const std::string file = GOLDEN "/" + name + ".txt";
  const std::string found = transcript(arguments, setting);
  if (std::getenv("TRAINBUS_ACCEPT")) {
    std::ofstream(file, std::ios::binary) << found;
    return;
  }
  std::ostringstream expected;
  expected << std::ifstream(file, std::ios::binary).rdbuf();
  BOOST_TEST(found == expected.str(), "the output differs from "
                                          << file << ":\n"
                                          << found << "If it is right, accept it: tests/accept.sh");
}

}  // namespace trainbus::testing
