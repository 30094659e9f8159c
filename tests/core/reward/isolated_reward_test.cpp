// Rewards in processes of their own: the same numbers, and an error that names what happened.
#include "core/reward/isolated_reward.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ostream>

#include "core/reward/toy_reward.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {
namespace {

using namespace std::chrono_literals;
using Options = std::vector<std::pair<std::string, std::string>>;

const std::string good = TRAINBUS_BINARY_DIR "/tests/core/plugins/length.so";
std::string bad(const std::string& name) {
  return TRAINBUS_BINARY_DIR "/bad_rewards/" + name + ".so";
}

struct IsolatedFixture {
  CapturedLog log;
  Catalog catalog;

  std::unique_ptr<Reward> load(const std::string& file, Options options = {}) {
    return load_reward(file, catalog, options);
  }
  std::unique_ptr<Reward> isolated(const std::string& file, Options options = {}) {
    options.emplace_back("isolate", "yes");
    return load(file, std::move(options));
  }
};

struct End {
  const char* reward;
  const char* said;
};
std::ostream& operator<<(std::ostream& out, const End& end) { return out << end.reward; }
const End ends[] = {
    {"crashes", "its process was ended by SIGSEGV (Segmentation fault)"},
    {"calls_exit", "its process ended with exit code 7"},
};

// The answers are "1", "" and "333", without references.
struct EmptySecond {
  const std::vector<float> tokens = {-1.0f};
  const RewardItem items[3] = {
      {"p", "1", {}, tokens}, {"p", "", {}, tokens}, {"p", "333", {}, tokens}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(isolated_reward_test, IsolatedFixture)

BOOST_AUTO_TEST_CASE(it_gives_the_same_numbers_as_in_this_process) {
  const Items items(60);
  const Options options = {{"factor", "0.1"}, {"threads", "5"}};
  const auto here = load(good, options), there = isolated(good, options);
  BOOST_TEST(there->id() == "length");
  const std::vector<double> expected = score(*here, items.items);
  BOOST_TEST(expected[3] == 0.1 * 4 + 6e3 + 10e6);
  for (int round = 0; round < 2; ++round)
    BOOST_TEST(score(*there, items.items) == expected, boost::test_tools::per_element());
  BOOST_TEST(score(*there, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_it_logs_and_prints_goes_to_the_log) {
  const std::vector<std::string> references;
  const RewardItem item{"p", "333", references, {}};
  score(*isolated(good, {{"threads", "1"}}), {&item, 1});
  BOOST_TEST(log.count("length: made") == 1u);
  BOOST_TEST(log.count("length printed: three!") == 1u);
}

BOOST_DATA_TEST_CASE_F(IsolatedFixture, a_process_that_ends_is_named_with_the_answer,
                       boost::unit_test::data::make(ends), end) {
  const EmptySecond answers;
  const auto reward = isolated(bad(end.reward), {{"threads", "1"}});
  const std::string message = refusal([&] { score(*reward, answers.items); });
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, bad(end.reward)));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, end.said));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, end.reward == std::string("crashes")
                              ? " while it judged answer 1 of 3 (\"1\")"
                              : " while it judged answer 2 of 3 (\"\")"));
  BOOST_TEST(has(refusal([&] { score(*reward, answers.items); }), end.said));  // still
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_as_in_this_process) {
  const EmptySecond answers;
  for (const char* name : {"throws", "returns_infinity", "fails_silently", "sets_nothing"}) {
    const auto here = load(bad(name), {{"threads", "1"}});
    const auto there = isolated(bad(name), {{"threads", "1"}});
    const std::string expected = refusal([&] { score(*here, answers.items); });
    BOOST_TEST(has(expected, "could not be judged"));
    BOOST_TEST(refusal([&] { score(*there, answers.items); }) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_call_that_hangs_ends_with_its_process) {
  const EmptySecond answers;
  {
    const auto reward = isolated(bad("hangs"), {{"threads", "2"}, {"limit", "200ms"}});
    const std::string message = refusal([&] { score(*reward, answers.items); });
    BOOST_TEST(has(message,
                   "answer 2 of 3 (\"\") could not be judged: it did not return for 0.2 s. "
                   "Give it more time with --hangs.limit."),
               message);
  }
  BOOST_TEST(!a_reward_still_runs());  // not here
}

BOOST_AUTO_TEST_CASE(a_process_that_is_stopped_is_ended) {
  const EmptySecond answers;
  const Plugin& plugin = find_reward(bad("stops"), catalog);
  const auto reward = make_isolated_reward(plugin, "stops", OptionValues("stops", {}),
                                           {.threads = 1, .limit = 100ms}, {.hang_limit = 200ms});
  const std::string message = refusal([&] { score(*reward, answers.items); });
  BOOST_TEST(has(message,
                 "its process did not go on for 0.3 s and was ended while it judged "
                 "answer 1 of 3"),
             message);
}

BOOST_AUTO_TEST_CASE(a_process_that_sends_what_it_must_not_is_ended) {
  const EmptySecond answers;
  const auto reward = isolated(bad("lies"), {{"threads", "1"}});
  const std::string message = refusal([&] { score(*reward, answers.items); });
  BOOST_TEST(has(message, "its process sent the number of an answer that it was not sent"),
             message);
}

BOOST_AUTO_TEST_CASE(a_reward_that_cannot_be_created_is_refused) {
  BOOST_TEST(has(refusal([&] { isolated(bad("crashes_in_create")); }),
                 "cannot be created: its process was ended by SIGSEGV"));
  BOOST_TEST(refusal([&] { isolated(bad("create_fails")); }) ==
             refusal([&] { load(bad("create_fails")); }));
}

BOOST_AUTO_TEST_CASE(an_answer_beyond_all_measure_is_refused) {
  const std::string answer((std::size_t{1} << 26) + 1, 'x');
  const RewardItem item{"p", answer, {}, {}};
  const auto reward = isolated(good);
  BOOST_TEST(has(refusal([&] { score(*reward, {&item, 1}); }), "expected at most 67108864"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
