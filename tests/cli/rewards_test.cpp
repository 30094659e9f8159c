// Rewards on the command line: listed, shown, tried out; and the exact messages about each of
// tests/bad_rewards.
#include <boost/test/unit_test.hpp>

#include "golden.hpp"
#include "support/sanitized.hpp"

namespace {

using trainbus::testing::check_golden;

const trainbus::testing::Setting among_the_bad{TRAINBUS_BINARY_DIR "/bad_rewards", {}};

std::string file_of(const std::string& name) { return "./" + name + ".so"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(rewards)

BOOST_AUTO_TEST_CASE(a_reward_is_shown_and_passes_its_trials) {
  check_golden("rewards/show", {"plugins", "show", "acme.brief"});
  check_golden("rewards/check", {"plugins", "check", "acme.brief", "--most", "5"});
  check_golden("rewards/check_unknown_option", {"plugins", "check", "acme.brief", "--mots", "5"});
}

BOOST_AUTO_TEST_CASE(a_run_is_not_composed_of_it) {
  check_golden("rewards/as_a_plugin", {"describe", "--model", "m", "--plugin", "acme.brief"});
}

// With a sanitizer in the plugins it finds other symbols, memory, threads and ends of processes.
BOOST_AUTO_TEST_CASE(check_names_the_defect_of_each,
                     *boost::unit_test::enable_if<!trainbus::testing::is_sanitized>()) {
  for (const std::string name :
       {"both_kinds", "calls_exit", "crashes", "crashes_in_create", "create_fails",
        "fails_silently", "later_major", "leaks", "misreads_size", "needs_newer", "remembers",
        "returns_infinity", "returns_nan", "rounds_up", "sets_nothing", "short_module",
        "short_reward", "throws", "wrong_major"})
    check_golden("rewards/check_" + name, {"plugins", "check", file_of(name)}, among_the_bad);
}

BOOST_AUTO_TEST_CASE(check_ends_a_reward_that_hangs) {
  check_golden("rewards/check_hangs", {"plugins", "check", file_of("hangs"), "--trial-limit", "2s"},
               among_the_bad);
}

BOOST_AUTO_TEST_CASE(the_list_has_the_reason_for_each_that_cannot_be_used) {
  check_golden("rewards/list", {"plugins", "list", "--plugin-path", "."}, among_the_bad);
}

BOOST_AUTO_TEST_SUITE_END()
