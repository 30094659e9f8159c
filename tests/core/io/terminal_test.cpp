#include "core/io/terminal.hpp"

#include <trainbus/plugin/display_width.hpp>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/pseudo_terminal.hpp"

using trainbus::Terminal;
using trainbus::testing::Environment;
using trainbus::testing::PseudoTerminal;

namespace {

struct AnsiTerminal {
  Environment term{"TERM", "xterm-256color"};
  Environment no_color{"NO_COLOR", nullptr};
};

// What a pipe got.
struct Pipe {
  int ends[2];
  explicit Pipe(int flags = 0) { BOOST_REQUIRE_EQUAL(::pipe2(ends, flags), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string read() {
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string out(65536, '\0');
    const ssize_t n = ::read(ends[0], out.data(), out.size());
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
};

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(words, at)) != text.npos; at += words.size()) ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(terminal)

BOOST_FIXTURE_TEST_CASE(a_live_line_is_overwritten_in_place, AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  BOOST_TEST(screen.interactive());
  screen.set_live(0, "one");
  BOOST_TEST(pty.read() == "\rone\x1b[J\r");
  screen.set_live(0, "two");
  BOOST_TEST(pty.read() == "\rtwo\x1b[J\r");
}

BOOST_FIXTURE_TEST_CASE(a_lasting_line_appears_above_the_live_ones, AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  screen.print("before");
  screen.set_live(0, "bar");
  BOOST_TEST(pty.read() == "before\n\rbar\x1b[J\r");
  screen.print("message");
  BOOST_TEST(pty.read() == "\r\x1b[Jmessage\n\rbar\x1b[J\r");
}

BOOST_FIXTURE_TEST_CASE(two_live_lines_are_redrawn_together_and_a_removed_one_vanishes,
                        AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  screen.set_live(0, "bar");
  screen.set_live(1, "evaluation");
  BOOST_TEST(pty.read() == "\rbar\x1b[J\r\rbar\x1b[K\nevaluation\x1b[J\r\x1b[1A");
  screen.set_live(1, "evaluation 2");
  BOOST_TEST(pty.read() == "\rbar\x1b[K\nevaluation 2\x1b[J\r\x1b[1A");
  screen.set_live(1, "");
  BOOST_TEST(pty.read() == "\rbar\x1b[J\r");
  screen.set_live(1, "");
  BOOST_TEST(pty.read() == "");
  screen.set_live(0, "");
  BOOST_TEST(pty.read() == "\r\x1b[J");
}

BOOST_FIXTURE_TEST_CASE(close_leaves_the_live_lines_and_later_lines_are_plain, AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  screen.set_live(0, "bar");
  screen.set_live(1, "evaluation");
  pty.read();
  screen.close();
  BOOST_TEST(pty.read() == "\rbar\x1b[K\nevaluation\x1b[J\n");
  screen.set_live(0, "bar");
  screen.print("after");
  screen.close();
  BOOST_TEST(pty.read() == "after\n");
}

BOOST_FIXTURE_TEST_CASE(a_live_line_never_fills_the_last_column, AnsiTerminal) {
  const PseudoTerminal pty(10);
  Terminal screen(pty.terminal());
  BOOST_TEST(screen.columns() == 9u);
  screen.set_live(0, "0123456789abc");
  BOOST_TEST(pty.read() == "\r012345678\x1b[J\r");
  screen.set_live(0, "01234567訓練");  // the wide character would reach over the edge
  BOOST_TEST(pty.read() == "\r01234567\x1b[J\r");
  screen.set_live(0, "\x1b[32m0123456789\x1b[0m");
  BOOST_TEST(pty.read() == "\r\x1b[32m012345678\x1b[0m\x1b[J\r");
  screen.set_live(0, "two\nlines\t\r");
  BOOST_TEST(pty.read() == "\rtwo lines\x1b[J\r");
}

BOOST_FIXTURE_TEST_CASE(a_new_width_counts_from_the_next_draw, AnsiTerminal) {
  const PseudoTerminal pty(12);
  Terminal screen(pty.terminal());
  screen.set_live(0, "0123456789abc");
  pty.resize(24);
  BOOST_TEST(screen.columns() == 23u);
  screen.set_live(0, "0123456789abc");
  BOOST_TEST(pty.read() == "\r0123456789a\x1b[J\r\r0123456789abc\x1b[J\r");
  pty.resize(6);  // the terminal wrapped the line into three rows: the rest is cleared
  screen.set_live(0, "0123456789abc");
  BOOST_TEST(pty.read() == "\r01234\x1b[J\r");
  pty.resize(1);
  screen.set_live(0, "0123");
  BOOST_TEST(screen.columns() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_low_window_shows_only_the_last_rows, AnsiTerminal) {
  const PseudoTerminal pty(80, 2);
  Terminal screen(pty.terminal());
  screen.set_live(0, "bar");
  screen.set_live(1, "evaluation");
  BOOST_TEST(pty.read() == "\rbar\x1b[J\r\revaluation\x1b[J\r");
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_is_overwritten_with_blanks) {
  const Environment term("TERM", "dumb");
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  BOOST_TEST(!screen.color());
  screen.set_live(0, "long line");
  screen.set_live(0, "short");
  screen.print("message");
  screen.set_live(0, "");
  BOOST_TEST(pty.read() ==
             "\rlong line"
             "\rshort    "
             "\r     \rmessage\n\rshort"
             "\r     \r");
}

BOOST_AUTO_TEST_CASE(blanks_never_reach_over_the_edge_of_a_dumb_terminal_that_became_narrower) {
  const Environment term("TERM", "dumb");
  const PseudoTerminal pty(20);
  Terminal screen(pty.terminal());
  screen.set_live(0, "a long line of 19 c");
  pty.resize(10);
  screen.set_live(0, "short");
  BOOST_TEST(pty.read() == "\ra long line of 19 c\rshort    ");
}

// A pipe in packet mode keeps writes apart.
BOOST_AUTO_TEST_CASE(each_lasting_line_is_one_write) {
  Pipe pipe(O_DIRECT);
  Terminal screen(pipe.ends[1]);
  screen.print("one\nand its second line");
  screen.print("two");
  BOOST_TEST(pipe.read() == "one\nand its second line\n");
  BOOST_TEST(pipe.read() == "two\n");
}

BOOST_AUTO_TEST_CASE(a_terminal_that_does_not_say_what_it_is_gets_no_escape_sequences) {
  for (const char* name : {static_cast<const char*>(nullptr), "", "unknown"}) {
    const Environment term("TERM", name);
    const PseudoTerminal pty(80);
    Terminal screen(pty.terminal());
    screen.set_live(0, "bar");
    screen.print("message");
    BOOST_TEST(!screen.color());
    BOOST_TEST(pty.read().find('\x1b') == std::string::npos);
  }
}

BOOST_FIXTURE_TEST_CASE(control_characters_in_a_lasting_line_do_not_move_the_cursor, AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  screen.print("one\r\b\ttwo\nthree");
  BOOST_TEST(pty.read() == "one  \ttwo\nthree\n");
}

// A terminal that is stopped by Ctrl-S, or stalls, must not hold up what prints.
BOOST_FIXTURE_TEST_CASE(while_nothing_is_taken_live_lines_are_skipped_and_lasting_ones_kept,
                        AnsiTerminal) {
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  BOOST_REQUIRE_EQUAL(::tcflow(pty.terminal(), TCOOFF), 0);
  screen.set_live(0, "one");
  screen.print("message");
  screen.print("another");
  screen.set_live(0, "two");
  BOOST_TEST(pty.read() == "");
  BOOST_REQUIRE_EQUAL(::tcflow(pty.terminal(), TCOON), 0);
  screen.set_live(0, "three");
  BOOST_TEST(pty.read() == "message\nanother\n\rthree\x1b[J\r");
}

BOOST_AUTO_TEST_CASE(a_pipe_gets_lasting_lines_only) {
  Pipe pipe;
  Terminal screen(pipe.ends[1]);
  BOOST_TEST(!screen.interactive());
  BOOST_TEST(!screen.color());
  BOOST_TEST(screen.columns() == 0u);
  screen.set_live(0, "bar");
  screen.print("message");
  screen.close();
  BOOST_TEST(pipe.read() == "message\n");
}

BOOST_FIXTURE_TEST_CASE(a_terminal_that_hangs_up_is_left_alone, AnsiTerminal) {
  PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  screen.set_live(0, "bar");
  pty.hang_up();
  BOOST_CHECK_NO_THROW(screen.set_live(0, "bar"));
  BOOST_CHECK_NO_THROW(screen.print("message"));
  BOOST_CHECK_NO_THROW(screen.close());
}

BOOST_AUTO_TEST_CASE(a_reader_that_went_away_is_no_error_and_ends_nothing) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  Pipe pipe;
  ::close(pipe.ends[0]);
  Terminal screen(pipe.ends[1]);
  BOOST_CHECK_NO_THROW(screen.print("message"));
  BOOST_CHECK_NO_THROW(screen.print("message"));
  Terminal closed(-1);
  BOOST_CHECK_NO_THROW(closed.print("message"));
  sigset_t pending;
  sigpending(&pending);
  BOOST_TEST(sigismember(&pending, SIGPIPE) == 0);
  std::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(the_locale_decides_about_blocks_and_the_environment_about_colors) {
  const PseudoTerminal pty(80);
  const Environment all("LC_ALL", nullptr), type("LC_CTYPE", nullptr), lang("LANG", nullptr);
  BOOST_TEST(!Terminal(pty.terminal()).unicode());
  {
    const Environment utf8("LANG", "en_US.UTF-8");
    BOOST_TEST(Terminal(pty.terminal()).unicode());
    const Environment plain("LC_ALL", "C");
    BOOST_TEST(!Terminal(pty.terminal()).unicode());
    const Environment other("LC_ALL", "C.utf8");
    BOOST_TEST(Terminal(pty.terminal()).unicode());
  }
  const Environment term("TERM", "xterm"), wanted("NO_COLOR", nullptr);
  BOOST_TEST(Terminal(pty.terminal()).color());
  const Environment unwanted("NO_COLOR", "1");
  BOOST_TEST(!Terminal(pty.terminal()).color());
}

BOOST_FIXTURE_TEST_CASE(lines_of_two_threads_never_mix_with_the_live_line, AnsiTerminal) {
  constexpr int kLines = 200;
  const PseudoTerminal pty(80);
  Terminal screen(pty.terminal());
  std::string out;
  {
    std::jthread bar([&] {
      for (int i = 0; i < kLines; ++i) screen.set_live(0, "[bar " + std::to_string(i) + "]");
    });
    std::jthread log([&] {
      for (int i = 0; i < kLines; ++i) screen.print("<line " + std::to_string(i) + ">");
    });
    std::jthread reader([&](const std::stop_token& stop) {  // or the terminal's buffer would fill
      while (!stop.stop_requested()) out += pty.read();
    });
    bar.join();
    log.join();
    screen.close();
  }
  out += pty.read();
  BOOST_TEST(count(out, "<line ") == std::size_t{kLines});
  BOOST_TEST(count(out, ">\n") == std::size_t{kLines});
  // Every bar is a whole one that starts in the first column.
  BOOST_TEST(count(out, "\r[bar ") == count(out, "[bar "));
  BOOST_TEST(count(out, "]\x1b[J") == count(out, "[bar "));
  BOOST_TEST(count(out, "]<line") + count(out, "\r<line") == 0u);
}

BOOST_AUTO_TEST_CASE(widths_follow_east_asian_characters_and_ignore_colors) {
  using trainbus::cut_to_width;
  using trainbus::display_width;
  BOOST_TEST(display_width("Training") == 8u);
  BOOST_TEST(display_width("訓練") == 4u);
  BOOST_TEST(display_width("█▏🚀é") == 5u);
  BOOST_TEST(display_width("\x1b[38;2;1;2;3mred\x1b[0m") == 3u);
  BOOST_TEST(display_width("\xff\xe8\xe8") == 3u);  // not UTF-8
  BOOST_TEST(cut_to_width("訓練", 3) == "訓");
  BOOST_TEST(cut_to_width("\xe8\xa8", 1) == "\xe8");
  BOOST_TEST(cut_to_width("", 0) == "");
}

BOOST_AUTO_TEST_SUITE_END()
