// new-plugin's output and errors; tests/sdk builds the projects that it writes.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "golden.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::testing::check_golden;

struct Folder {
  trainbus::testing::Setting setting() const { return {scratch.path(), {}}; }
  trainbus::testing::ScratchFolder scratch;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(new_plugin, Folder)

BOOST_AUTO_TEST_CASE(it_writes_a_project_and_tells_what_to_do_next) {
  check_golden("new_plugin", {"new-plugin", "acme.loss-log"}, setting());
  check_golden("new_plugin_vendored",
               {"new-plugin", "spread", "--metric", "--vendored", "--dir", "here/below"},
               setting());
  check_golden("new_plugin_reward", {"new-plugin", "acme.brief", "--reward"}, setting());
  check_golden("new_plugin_reward_vendored",
               {"new-plugin", "brief", "--reward", "--vendored", "--dir", "here/brief"}, setting());
  for (const char* file : {"acme.loss-log/loss_log.cpp", "here/brief/trainbus/reward.hpp", "acme.loss-log/loss_log_test.cpp",
                           "here/below/CMakeLists.txt", "here/below/trainbus/plugin.hpp"})
    BOOST_TEST(std::filesystem::exists(scratch / file), file);
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten) {
  std::filesystem::create_directory(scratch / "full");
  std::ofstream(scratch / "full/thesis.txt") << "years";
  check_golden("new_plugin_not_empty", {"new-plugin", "full"}, setting());
  check_golden("new_plugin_file", {"new-plugin", "a", "--dir", "full/thesis.txt"}, setting());
}

BOOST_AUTO_TEST_CASE(refusals_say_what_is_expected) {
  check_golden("new_plugin_no_name", {"new-plugin"}, setting());
  check_golden("new_plugin_flag_first", {"new-plugin", "--metric", "a"}, setting());
  check_golden("new_plugin_bad_name", {"new-plugin", "Acme.Loss"}, setting());
  check_golden("new_plugin_taken_name", {"new-plugin", "test"}, setting());
  check_golden("new_plugin_two_roles", {"new-plugin", "a", "--metric", "--sink"}, setting());
  check_golden("new_plugin_unknown_option", {"new-plugin", "a", "--vendor"}, setting());
}

BOOST_AUTO_TEST_SUITE_END()
