// The exact messages about each plugin of tests/bad_plugins.
#include <boost/test/unit_test.hpp>

#include "golden.hpp"
#include "support/sanitized.hpp"

namespace {

using trainbus::testing::check_golden;

const trainbus::testing::Setting in_the_zoo{TRAINBUS_BINARY_DIR "/bad_plugins", {}};

std::string file_of(const std::string& name) { return "./" + name + ".so"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_plugins)

BOOST_AUTO_TEST_CASE(a_run_refuses_what_cannot_be_loaded) {
  for (const std::string name :
       {"empty", "needs_newer", "no_symbol", "short_module", "short_observer", "text", "truncated",
        "undefined_symbol", "wrong_major"})
    check_golden("bad_plugins/load_" + name,
                 {"describe", "--model", "m", "--plugin", file_of(name)}, in_the_zoo);
}

// With a sanitizer in the plugins it finds other symbols, memory, threads and ends of processes.
BOOST_AUTO_TEST_CASE(check_names_the_defect_of_each,
                     *boost::unit_test::enable_if<!trainbus::testing::is_sanitized>()) {
  for (const std::string name : {"aborts",
                                 "calls_exit",
                                 "crashes",
                                 "crashes_at_load",
                                 "crashes_in_create",
                                 "create_fails",
                                 "create_null",
                                 "empty",
                                 "event_fails",
                                 "exits_at_load",
                                 "fast_math",
                                 "leaks",
                                 "leaves_a_thread",
                                 "leaves_files_open",
                                 "many_symbols",
                                 "misreads_size",
                                 "needs_newer",
                                 "no_symbol",
                                 "sets_locale",
                                 "short_module",
                                 "short_observer",
                                 "text",
                                 "throws",
                                 "throws_int",
                                 "truncated",
                                 "undefined_symbol",
                                 "wrong_major"})
    check_golden("bad_plugins/check_" + name, {"plugins", "check", file_of(name)}, in_the_zoo);
}

BOOST_AUTO_TEST_CASE(check_lists_all_that_a_plugin_changed_in_the_process) {
  const trainbus::testing::Outcome outcome =
      trainbus::testing::launch({"plugins", "check", file_of("meddles")}, in_the_zoo);
  BOOST_TEST(outcome.exit_code == 1);
  for (const char* changed : {"create changed the floating-point settings", "the locale", "working",
                              "the umask", "signal USR2"})
    BOOST_TEST(outcome.out.find(changed) != outcome.out.npos, changed << " in " << outcome.out);
}

BOOST_AUTO_TEST_CASE(check_ends_a_plugin_that_hangs) {
  check_golden("bad_plugins/check_hangs",
               {"plugins", "check", file_of("hangs"), "--trial-limit", "2s"}, in_the_zoo);
}

BOOST_AUTO_TEST_CASE(check_tells_where_a_slow_plugin_was) {
  const trainbus::testing::Outcome outcome = trainbus::testing::launch(
      {"plugins", "check", file_of("slow"), "--trial-limit", "1s"}, in_the_zoo);
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(outcome.out.find("it was not over after 1 s, when it was in on_step of step") !=
                 outcome.out.npos,
             outcome.out);
}

BOOST_AUTO_TEST_CASE(list_and_show_survive_plugins_that_crash_when_loaded) {
  check_golden("bad_plugins/list", {"plugins", "list", "--plugin-path", "."}, in_the_zoo);
  check_golden("bad_plugins/show_crashes_at_load", {"plugins", "show", file_of("crashes_at_load")},
               in_the_zoo);
  if (trainbus::testing::is_sanitized) return;  // what exits in dlopen() is reported there
  check_golden("bad_plugins/show_exits_at_load", {"plugins", "show", file_of("exits_at_load")},
               in_the_zoo);
}

BOOST_AUTO_TEST_SUITE_END()
