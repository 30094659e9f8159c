// Paths as typed, recorded, located again and printed.
#include <pwd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "core/io/error.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/shell_text.hpp"
#include "core/plan/typed_path.hpp"
#include "support/test_paths.hpp"

using namespace trainbus;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

struct Home {
  Home() {
    ::setenv("HOME", "/home/me", 1);
    ::setenv("SCRATCH", "/scratch/42", 1);
    ::unsetenv("TRAINBUS_UNSET");
  }
};

void touch(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

std::string record(const std::string& folder, const std::string& run) {
  const std::string where = folder.empty() ? "" : R"("folder":")" + folder + R"(",)";
  return "{" + where + R"("options":{"run-dir":{"value":")" + run + R"("}}})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_paths)

BOOST_FIXTURE_TEST_CASE(a_leading_tilde_is_the_home_folder, Home) {
  BOOST_TEST(typed_path("~", "--run-dir") == "/home/me");
  BOOST_TEST(typed_path("~/runs/x", "--run-dir") == "/home/me/runs/x");
  BOOST_TEST(typed_path("a/~/b", "--run-dir") == "a/~/b");
  BOOST_TEST(typed_path("./~", "--run-dir") == "./~");
  BOOST_TEST(typed_path("~root/x", "--run-dir") == std::string(getpwnam("root")->pw_dir) + "/x");
  BOOST_CHECK_THROW(typed_path("~no-such-user/x", "--run-dir"), UsageError);
}

BOOST_FIXTURE_TEST_CASE(variables_are_expanded_or_refused_by_name, Home) {
  BOOST_TEST(typed_path("$HOME/x", "--model") == "/home/me/x");
  BOOST_TEST(typed_path("${SCRATCH}/x${SCRATCH}", "--model") == "/scratch/42/x/scratch/42");
  for (const char* literal : {"a$", "a$1", "a$/b", "${", "${}", "a${b"})
    BOOST_TEST(typed_path(literal, "--model") == literal);
  try {
    typed_path("$TRAINBUS_UNSET/x", "--model");
    BOOST_ERROR("taken");
  } catch (const UsageError& error) {
    BOOST_TEST(std::string(error.what()).find("TRAINBUS_UNSET") != std::string::npos);
    BOOST_TEST(std::string(error.what()).find("--model") != std::string::npos);
  }
}

BOOST_FIXTURE_TEST_CASE(a_file_whose_name_has_a_dollar_is_taken_as_it_is, Home) {
  const ScratchFolder folder;
  touch(folder / "$HOME.csv");
  BOOST_TEST(typed_path((folder / "$HOME.csv").string(), "--task.data") == folder / "$HOME.csv");
}

BOOST_AUTO_TEST_CASE(a_shell_reads_what_is_printed_as_one_word) {
  for (const char* plain : {"/runs/x", "runs/lr=1e-3,eps", "über/x"})
    if (std::string(plain).find('=') == std::string::npos) BOOST_TEST(shell_text(plain) == plain);
  BOOST_TEST(shell_text("my run") == "'my run'");
  BOOST_TEST(shell_text("") == "''");
  BOOST_TEST(shell_text("it's $HOME") == "'it'\\''s $HOME'");
  BOOST_TEST(shell_text("~/x") == "'~/x'");
  BOOST_TEST(shell_text("a\"b;c&d|e*f") == "'a\"b;c&d|e*f'");
}

BOOST_AUTO_TEST_CASE(a_relative_path_is_found_from_any_working_folder) {
  const ScratchFolder folder;
  touch(folder / "here/data.csv");
  const RecordedPaths paths(record(folder / "here", "runs/x"), folder / "here/runs/x");
  BOOST_TEST(paths.find("data.csv") == folder / "here/data.csv");
  BOOST_TEST(paths.find("./data.csv") == folder / "here/data.csv");
  BOOST_TEST(paths.find("none.csv") == folder / "here/none.csv");
}

BOOST_AUTO_TEST_CASE(what_was_moved_together_with_the_run_is_found_beside_it) {
  const ScratchFolder folder;
  touch(folder / "there/data.csv");
  const RecordedPaths moved(record(folder / "here", "runs/x"), folder / "there/runs/x");
  BOOST_TEST(moved.find("data.csv") == folder / "there/data.csv");
  BOOST_TEST(moved.find((folder / "here/data.csv").string()) == folder / "there/data.csv");
  // What stayed is found where it was.
  touch(folder / "here/model/config.json");
  BOOST_TEST(moved.find("model") == folder / "here/model");
  BOOST_TEST(moved.find((folder / "here/model/").string()) == folder / "here/model");
}

BOOST_AUTO_TEST_CASE(an_older_record_is_read_by_the_place_of_its_run) {
  const ScratchFolder folder;
  touch(folder / "here/data.csv");
  const RecordedPaths paths(record("", "runs/x"), folder / "here/runs/x");
  BOOST_TEST(paths.find("data.csv") == folder / "here/data.csv");
}

BOOST_AUTO_TEST_SUITE_END()
