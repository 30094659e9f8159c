#include "core/io/log.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "support/pseudo_terminal.hpp"
#include "support/test_paths.hpp"

using trainbus::testing::Environment;
using trainbus::testing::PseudoTerminal;
using trainbus::testing::ScratchFolder;

namespace {

// Runs body in a child whose standard error is fd: the log and its terminal are the process's.
int in_child(int fd, const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(fd, STDERR_FILENO);
    body();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_log)

BOOST_AUTO_TEST_CASE(information_is_plain_and_problems_are_labelled_in_color) {
  const Environment term("TERM", "xterm"), wanted("NO_COLOR", nullptr);
  const PseudoTerminal pty(80);
  const int status = in_child(pty.terminal(), [] {
    trainbus::log::info("loaded");
    trainbus::log::warning("slow {}");
    trainbus::log::error("gone");
    trainbus::log::debug("not shown");
    trainbus::log::set_level(trainbus::log::Level::Debug);
    trainbus::log::debug("shown");
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(pty.read() ==
             "loaded\n"
             "\x1b[33mwarning:\x1b[0m slow {}\n"
             "\x1b[31merror:\x1b[0m gone\n"
             "\x1b[2mdebug:\x1b[0m shown\n");
}

BOOST_AUTO_TEST_CASE(without_colors_the_labels_are_plain) {
  const Environment term("TERM", "xterm"), unwanted("NO_COLOR", "1");
  const PseudoTerminal pty(80);
  in_child(pty.terminal(), [] { trainbus::log::warning("slow"); });
  BOOST_TEST(pty.read() == "warning: slow\n");
}

BOOST_AUTO_TEST_CASE(the_file_gets_every_record_with_its_time_and_level) {
  const ScratchFolder folder;
  const PseudoTerminal pty(80);
  const auto path = folder / "log.txt";
  in_child(pty.terminal(), [&] {
    trainbus::log::open_file(path);
    trainbus::log::debug("detail");
    trainbus::log::error("gone");
    trainbus::log::close_file();
    trainbus::log::error("not in the file");
  });
  const std::string text = content(path);
  BOOST_TEST(text.starts_with("20"));
  BOOST_TEST(text.find(" debug detail\n") != text.npos);
  BOOST_TEST(text.ends_with(" error gone\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_a_warning) {
  const ScratchFolder folder;
  const PseudoTerminal pty(200);
  const int status = in_child(pty.terminal(), [&] {
    trainbus::log::open_file(folder / "missing/log.txt");
    trainbus::log::info("and on it goes");
  });
  BOOST_TEST(status == 0);
  const std::string text = pty.read();
  BOOST_TEST(text.find("there will be no log file") != text.npos);
  BOOST_TEST(text.ends_with("and on it goes\n"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_ends_the_file_but_not_the_log) {
  const PseudoTerminal pty(200);
  const int status = in_child(pty.terminal(), [&] {
    trainbus::log::open_file("/dev/full");
    trainbus::log::info("first");
    trainbus::log::info("second");
  });
  BOOST_TEST(status == 0);
  const std::string text = pty.read();
  BOOST_TEST(text.find("the log goes on without its file") != text.npos);
  BOOST_TEST(text.ends_with("second\n"));
}

BOOST_AUTO_TEST_SUITE_END()
