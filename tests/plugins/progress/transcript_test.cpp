// Bars that run on a terminal without escape sequences write, byte for byte, what tqdm 4.69.1
// wrote.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/io/terminal.hpp"
#include "progress/running_bar.hpp"
#include "support/pseudo_terminal.hpp"
#include "support/vector_json.hpp"

namespace json = boost::json;
using namespace trainbus::progress;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Compares with the transcript of this name, which says what was played.
void check_transcript(const std::string& written, const std::string& name) {
  const json::value all = trainbus::testing::vector_json("sinks.json");
  if (all.is_null()) return;
  const json::value* scenes = trainbus::testing::field_of(all, "transcripts", "sinks.json");
  if (scenes == nullptr) return;
  if (const json::value* expected = trainbus::testing::field_of(*scenes, name, "sinks.json"))
    BOOST_TEST(written == std::string(expected->as_string()));
}

struct Scene {
  trainbus::testing::Environment term{"TERM", "dumb"};
  trainbus::testing::PseudoTerminal pty{200};
  trainbus::Terminal screen{pty.terminal()};
  std::vector<std::string> notes;

  void draw(const RunningBar& bar, std::int64_t now_ns) {
    screen.set_live(0, bar.line(now_ns, {.notes = notes}));
  }
  void step(RunningBar& bar, std::uint64_t n, std::int64_t now_ns) {
    if (bar.advance(n, now_ns)) draw(bar, now_ns);
  }
  void finish(const RunningBar& bar, std::int64_t now_ns) {
    screen.set_live(0, bar.final_line(now_ns, {.notes = notes}));
    screen.close();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(transcripts, Scene)

BOOST_AUTO_TEST_CASE(fast_steps_are_drawn_at_most_ten_times_a_second) {
  RunningBar bar({.prefix = "Training", .total = 10}, 0);
  draw(bar, 0);
  for (std::uint64_t n = 1; n <= 10; ++n) step(bar, n, static_cast<std::int64_t>(n) * kSecond / 25);
  finish(bar, kSecond * 10 / 25);
  check_transcript(pty.read(), "throttle: 10 updates, 0.04 s apart, mininterval 0.1");
}

BOOST_AUTO_TEST_CASE(a_resumed_run_starts_where_it_was_and_counts_new_steps_only) {
  RunningBar bar({.prefix = "Training", .total = 1000, .initial = 450}, 0);
  draw(bar, 0);
  for (std::uint64_t n = 1; n <= 3; ++n)
    step(bar, 450 + n, static_cast<std::int64_t>(n) * kSecond / 2);
  finish(bar, kSecond * 3 / 2);
  check_transcript(pty.read(), "resume: initial=450, 3 updates 0.5 s apart");
}

BOOST_AUTO_TEST_CASE(a_bar_that_is_removed_leaves_blanks) {
  RunningBar bar({.prefix = "Eval", .total = 3}, 0);
  draw(bar, 0);
  for (std::int64_t n = 1; n <= 3; ++n) step(bar, static_cast<std::uint64_t>(n), n * kSecond);
  screen.set_live(0, "");
  check_transcript(pty.read(), "leave=False, 3 updates 1 s apart");
}

BOOST_AUTO_TEST_CASE(a_message_appears_above_the_bar) {
  RunningBar bar({.prefix = "T", .total = 3}, 0);
  draw(bar, 0);
  step(bar, 1, kSecond);
  screen.print("log line");
  step(bar, 2, 2 * kSecond);
  finish(bar, 2 * kSecond);
  check_transcript(pty.read(), "write() in the middle");
}

BOOST_AUTO_TEST_CASE(a_shorter_line_covers_the_longer_one) {
  const RunningBar bar({.prefix = "T", .total = 100}, 0);
  draw(bar, 0);
  notes = {"loss=12345.678"};
  draw(bar, 0);
  notes = {"l=1"};
  draw(bar, 0);
  finish(bar, 0);
  check_transcript(pty.read(), "shrinking postfix is padded");
}

BOOST_AUTO_TEST_SUITE_END()
