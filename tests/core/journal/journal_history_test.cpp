// Which records count after a run was resumed.
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

#include "core/journal/codec.hpp"
#include "journal_samples.hpp"

namespace trainbus::testing {

using namespace journal;

namespace {

// One word a record that counts: "a2" attempt 2, "5" step 5, "e4" an evaluation at step 4 …
std::string counting(const std::vector<Record>& records) {
  const Contents contents = read_bytes(journal_bytes(records));
  std::string words;
  for (const std::size_t place : contents.effective) {
    const char letter = " aesvhrx"[contents.records[place].index() + 1];
    words += words.empty() ? "" : " ";
    std::visit(
        [&](const auto& record) {
          if constexpr (std::is_same_v<std::decay_t<decltype(record)>, Attempt>)
            words += "a" + std::to_string(record.number);
          else if constexpr (std::is_same_v<std::decay_t<decltype(record)>, Step>)
            words += std::to_string(record.step);
          else
            words += letter + std::to_string(record.step);
        },
        contents.records[place]);
  }
  return words;
}

Attempt attempt(std::uint32_t number, std::uint64_t resumed_step) {
  return {.number = number, .resumed_step = resumed_step};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_history_test)

BOOST_AUTO_TEST_CASE(an_attempt_that_resumes_at_the_last_step_makes_nothing_void) {
  BOOST_TEST(counting({attempt(1, 0), sample_step(1), sample_step(2), End{.step = 2}, attempt(2, 2),
                       sample_step(3)}) == "a1 1 2 x2 a2 3");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_goes_back_makes_later_steps_void_and_what_is_said_of_them) {
  BOOST_TEST(counting({attempt(1, 0), sample_step(1), Hash{.step = 1}, sample_step(2),
                       Evaluation{.step = 2}, sample_step(3), Save{.step = 3}, Save{.step = 1},
                       Request{.step = 3}, End{.step = 3}, attempt(2, 1), sample_step(2)}) ==
             "a1 1 h1 v1 x3 a2 2");
}

BOOST_AUTO_TEST_CASE(attempts_may_go_back_any_number_of_times) {
  BOOST_TEST(counting({attempt(1, 0), sample_step(1), sample_step(2), sample_step(3), attempt(2, 2),
                       sample_step(3), sample_step(4), attempt(3, 3), sample_step(4), attempt(4, 1),
                       sample_step(2), attempt(5, 0), attempt(6, 0), sample_step(1)}) ==
             "a1 a2 a3 a4 a5 a6 1");
}

BOOST_AUTO_TEST_CASE(the_steps_that_count_are_all_from_1_to_the_last) {
  const Contents contents = read_bytes(journal_bytes(sample_records()));
  std::vector<Record> steps;
  for (const std::size_t place : contents.effective)
    if (std::holds_alternative<Step>(contents.records[place]))
      steps.push_back(contents.records[place]);
  BOOST_REQUIRE_EQUAL(steps.size(), contents.last_step);
  for (std::size_t i = 0; i < steps.size(); ++i) BOOST_TEST(std::get<Step>(steps[i]).step == i + 1);
  BOOST_TEST((steps[4] == Record(sample_step(5, 2, 1))));  // the second attempt's
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
