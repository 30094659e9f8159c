// Bars that run on a terminal without escape sequences write, byte for byte, what tqdm 4.69.1
// wrote.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "core/io/terminal.hpp"
#include "progress/running_bar.hpp"
#include "support/pseudo_terminal.hpp"
#include "support/test_paths.hpp"

namespace json = boost::json;
using namespace trainbus::progress;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// The transcript whose name begins so.
std::string transcript(std::string_view name) {
  std::ifstream in(trainbus::testing::vectors() / "sinks.json");
  const json::value all = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  for (const auto& [key, bytes] : all.at("transcripts").as_object())
    if (key.starts_with(name)) return std::string(bytes.as_string());
  return "there is no such transcript";
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
  BOOST_TEST(pty.read() == transcript("throttle"));
}

BOOST_AUTO_TEST_CASE(a_resumed_run_starts_where_it_was_and_counts_new_steps_only) {
  RunningBar bar({.prefix = "Training", .total = 1000, .initial = 450}, 0);
  draw(bar, 0);
  for (std::uint64_t n = 1; n <= 3; ++n)
    step(bar, 450 + n, static_cast<std::int64_t>(n) * kSecond / 2);
  finish(bar, kSecond * 3 / 2);
  BOOST_TEST(pty.read() == transcript("resume"));
}

BOOST_AUTO_TEST_CASE(a_bar_that_is_removed_leaves_blanks) {
  RunningBar bar({.prefix = "Eval", .total = 3}, 0);
  draw(bar, 0);
  for (std::int64_t n = 1; n <= 3; ++n) step(bar, static_cast<std::uint64_t>(n), n * kSecond);
  screen.set_live(0, "");
  BOOST_TEST(pty.read() == transcript("leave=False"));
}

BOOST_AUTO_TEST_CASE(a_message_appears_above_the_bar) {
  RunningBar bar({.prefix = "T", .total = 3}, 0);
  draw(bar, 0);
  step(bar, 1, kSecond);
  screen.print("log line");
  step(bar, 2, 2 * kSecond);
  finish(bar, 2 * kSecond);
  BOOST_TEST(pty.read() == transcript("write()"));
}

BOOST_AUTO_TEST_CASE(a_shorter_line_covers_the_longer_one) {
  const RunningBar bar({.prefix = "T", .total = 100}, 0);
  draw(bar, 0);
  notes = {"loss=12345.678"};
  draw(bar, 0);
  notes = {"l=1"};
  draw(bar, 0);
  finish(bar, 0);
  BOOST_TEST(pty.read() == transcript("shrinking"));
}

BOOST_AUTO_TEST_SUITE_END()
