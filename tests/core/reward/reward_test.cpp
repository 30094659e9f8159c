// Rewards in this process: threads, order, failures.
#include "core/reward/reward.hpp"

#include <boost/test/unit_test.hpp>

#include <cfenv>
#include <cmath>
#include <condition_variable>
#include <latch>
#include <limits>
#include <mutex>
#include <thread>

#include "core/reward/toy_reward.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {
namespace {

std::string text_of(tb_text text) { return {text.data, text.size}; }

struct RewardFixture {
  RewardFixture() {
    ToyReward::at_score = [](const int*, const tb_answer& answer, double* reward, tb_error*) {
      *reward = std::stod(text_of(answer.references[1]));  // the number of the item
      return tb_status{TB_OK};
    };
  }

  std::unique_ptr<Reward> make(const tb_reward& described,
                               std::vector<std::pair<std::string, std::string>> options = {}) {
    plugin = {.kind = Plugin::Kind::Reward, .id = "toy", .file = "toy.so", .reward = &described};
    OptionValues values("toy", reward_options(plugin));
    for (const auto& [name, value] : options) values.set(name, value, "command line");
    return make_reward(plugin, "toy", values);
  }

  Plugin plugin;
  const tb_reward toy = toy_reward(), concurrent = toy_reward(TB_REWARD_CONCURRENT);
};

std::vector<double> numbers_to(std::size_t count) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(i));
  return numbers;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reward_test, RewardFixture)

BOOST_AUTO_TEST_CASE(rewards_come_in_the_order_of_the_items) {
  const Items items(100);
  for (const char* threads : {"1", "2", "7", "0"}) {
    const auto reward = make(toy, {{"threads", threads}});
    BOOST_TEST(reward->id() == "toy");
    BOOST_TEST(score(*reward, items.items) == numbers_to(100), boost::test_tools::per_element());
    BOOST_TEST(score(*reward, {}).empty());
  }
}

// The first item is the last one to return: no other order of returns is possible.
BOOST_AUTO_TEST_CASE(the_order_is_that_of_the_items_also_if_the_first_returns_last) {
  std::latch others(7);
  ToyReward::at_score = [&](const int*, const tb_answer& answer, double* reward, tb_error*) {
    *reward = std::stod(text_of(answer.references[1]));
    *reward == 0 ? others.wait() : others.count_down();
    return tb_status{TB_OK};
  };
  const Items items(8);
  const auto reward = make(toy, {{"threads", "2"}});
  BOOST_TEST(score(*reward, items.items) == numbers_to(8), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_thread_has_an_instance_of_its_own_unless_the_plugin_shares_one) {
  const Items items(3);
  for (const bool shares : {false, true}) {
    std::latch all(3);
    std::mutex mutex;
    std::set<const int*> called;
    std::set<std::thread::id> threads;
    ToyReward::at_score = [&](const int* self, const tb_answer&, double* reward, tb_error*) {
      all.arrive_and_wait();  // all three are in the plugin at once
      const std::lock_guard lock(mutex);
      called.insert(self);
      threads.insert(std::this_thread::get_id());
      *reward = 0;
      return tb_status{TB_OK};
    };
    const auto reward = make(shares ? concurrent : toy, {{"threads", "3"}});
    BOOST_TEST(ToyReward::instances.size() == 1u);  // more are made when they are needed
    score(*reward, items.items);
    BOOST_TEST(called.size() == (shares ? 1u : 3u));
    BOOST_TEST(threads.size() == 3u);
    BOOST_TEST(!threads.contains(std::this_thread::get_id()));
    BOOST_TEST(ToyReward::instances.size() == called.size());
  }
  BOOST_TEST(ToyReward::instances.empty());
}

BOOST_AUTO_TEST_CASE(the_plugin_sees_the_whole_item_in_valid_and_terminated_texts) {
  using namespace std::string_literals;
  const std::string prompt = "bytes \xff\xc3 and a zero \0 in it"s;
  const std::string answer = "caf\xc3\xa9 \xe2\x82";
  const std::vector<std::string> references = {"", "\xff"};
  const std::vector<float> tokens = {-0.25f, -2.0f, -0.125f};
  const std::string beyond = answer + "beyond";  // a view without a zero behind it
  ToyReward::at_score = [&](const int*, const tb_answer& seen, double* reward, tb_error*) {
    BOOST_TEST(seen.size == sizeof(tb_answer));
    BOOST_TEST(text_of(seen.prompt) == "bytes \uFFFD\uFFFD and a zero \0 in it"s);
    BOOST_TEST(text_of(seen.answer) == "caf\u00e9 \uFFFD");
    BOOST_TEST(seen.answer.data[seen.answer.size] == '\0');
    BOOST_TEST_REQUIRE(seen.reference_count == 2u);
    BOOST_TEST(text_of(seen.references[0]) == "");
    BOOST_TEST(text_of(seen.references[1]) == "\uFFFD");
    BOOST_TEST(std::vector(seen.token_log_probabilities,
                           seen.token_log_probabilities + seen.token_count) == tokens,
               boost::test_tools::per_element());
    *reward = 1;
    return tb_status{TB_OK};
  };
  const RewardItem item{prompt, std::string_view(beyond).substr(0, answer.size()), references,
                        tokens};
  BOOST_TEST(score(*make(toy), {&item, 1}).front() == 1.0);
  ToyReward::at_score = [&](const int*, const tb_answer& seen, double* reward, tb_error*) {
    BOOST_TEST(seen.prompt.data != nullptr);
    BOOST_TEST(seen.answer.data != nullptr);
    BOOST_TEST(seen.references == nullptr);
    BOOST_TEST(seen.token_log_probabilities == nullptr);
    *reward = 2;
    return tb_status{TB_OK};
  };
  const RewardItem empty{};
  BOOST_TEST(score(*make(toy), {&empty, 1}).front() == 2.0);
}

BOOST_AUTO_TEST_CASE(options_reach_the_plugin_and_typos_are_refused) {
  make(toy, {{"word", "hello"}});
  BOOST_TEST(ToyReward::said == "hello");
  make(toy);
  BOOST_TEST(ToyReward::said == "hm");
  BOOST_CHECK_EXCEPTION(make(toy, {{"wrod", "hello"}}), UsageError, [](const UsageError& error) {
    return has(error.what(), "--toy.wrod") && has(error.what(), "--toy.word");
  });
  BOOST_CHECK_THROW(make(toy, {{"threads", "-1"}}), UsageError);
  BOOST_CHECK_THROW(make(toy, {{"limit", "soon"}}), UsageError);
}

BOOST_AUTO_TEST_CASE(a_failure_names_the_plugin_the_first_bad_item_and_the_reason) {
  ToyReward::at_score = [](const int*, const tb_answer& answer, double* reward, tb_error* error) {
    *reward = 0;
    if (std::stoi(text_of(answer.references[1])) < 5) return tb_status{TB_OK};
    std::string("too \u20ac hard").copy(error->message, sizeof error->message - 1);
    return tb_status{TB_FAILED};
  };
  const Items items(40);
  for (const char* threads : {"1", "4"}) {
    const auto reward = make(toy, {{"threads", threads}});
    const std::string message = refusal([&] { score(*reward, items.items); });
    BOOST_TEST(message ==
               "toy (toy.so): answer 6 of 40 (\"aaaaa5\") could not be judged: too \u20ac hard");
    // It is no crash: the reward can be asked again.
    const std::span<const RewardItem> good(items.items.data(), 5);
    BOOST_TEST(score(*reward, good) == std::vector<double>(5, 0.0),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_refused) {
  double returned = 0;
  ToyReward::at_score = [&](const int*, const tb_answer&, double* reward, tb_error*) {
    *reward = returned;
    return tb_status{TB_OK};
  };
  const Items items(1);
  const auto reward = make(toy);
  for (const auto& [number, name] :
       {std::pair(std::nan(""), "NaN"), {HUGE_VAL, "infinity"}, {-HUGE_VAL, "-infinity"}}) {
    returned = number;
    const std::string message = refusal([&] { score(*reward, items.items); });
    BOOST_TEST(has(message, "it returned " + std::string(name) + ", expected a finite number"),
               message);
  }
  ToyReward::at_score = [](const int*, const tb_answer&, double*, tb_error*) {
    return tb_status{TB_OK};
  };
  BOOST_TEST(has(refusal([&] { score(*reward, items.items); }), "it returned NaN"));
  ToyReward::at_score = [](const int*, const tb_answer&, double*, tb_error*) -> tb_status {
    throw 1;
  };
  BOOST_TEST(has(refusal([&] { score(*reward, items.items); }), "threw an exception"));
}

BOOST_AUTO_TEST_CASE(an_item_is_judged_with_the_settings_of_the_training_not_of_the_item_before) {
  std::mutex mutex;
  std::set<int> found;
  ToyReward::at_score = [&](const int*, const tb_answer&, double* reward, tb_error*) {
    const std::lock_guard lock(mutex);
    found.insert(std::fegetround());
    std::fesetround(FE_UPWARD);
    *reward = 0;
    return tb_status{TB_OK};
  };
  const Items items(10);
  score(*make(toy, {{"threads", "2"}}), items.items);
  BOOST_TEST(found == std::set<int>{FE_TONEAREST});
  BOOST_TEST(std::fegetround() == FE_TONEAREST);
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_cut_in_the_message_and_line_breaks_do_not_break_it) {
  ToyReward::at_score = [](const int*, const tb_answer&, double*, tb_error*) {
    return tb_status{TB_FAILED};
  };
  const std::string answer = "one\ntwo " + std::string(1000, 'x');
  const RewardItem item{"", answer, {}, {}};
  const std::string message = refusal([&] { score(*make(toy), {&item, 1}); });
  BOOST_TEST(has(message, "answer 1 of 1 (\"one two xxx"));
  BOOST_TEST(has(message, "…\") could not be judged: failed without saying why"));
  BOOST_TEST(message.size() < 200u);
}

// The last case of this process: the call that hangs occupies a thread for good.
BOOST_AUTO_TEST_CASE(z_a_call_that_does_not_return_is_given_up_after_the_limit) {
  BOOST_TEST(!a_reward_still_runs());
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false, passed = false;
  };
  static Gate& gate = *new Gate;
  ToyReward::at_score = [](const int*, const tb_answer& answer, double* reward, tb_error*) {
    *reward = 0;
    if (text_of(answer.references[1]) != "2") return tb_status{TB_OK};
    std::unique_lock lock(gate.mutex);
    gate.changed.wait(lock, [] { return gate.open; });
    gate.passed = true;
    gate.changed.notify_all();
    return tb_status{TB_OK};
  };
  {
    const Items items(20);
    const auto reward = make(toy, {{"threads", "3"}, {"limit", "100ms"}});
    const std::string message = refusal([&] { score(*reward, items.items); });
    BOOST_TEST(message ==
               "toy (toy.so): answer 3 of 20 (\"aa2\") could not be judged: it did not return for "
               "0.1 s. Give it more time with --toy.limit.");
    BOOST_TEST(has(refusal([&] { score(*reward, items.items); }), "has not returned yet"));
  }
  BOOST_TEST(a_reward_still_runs());
  // It returns when nobody waits for it any more, and finds its instance where it was.
  std::unique_lock lock(gate.mutex);
  gate.open = true;
  gate.changed.notify_all();
  gate.changed.wait(lock, [] { return gate.passed; });
  BOOST_TEST(ToyReward::instances.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
