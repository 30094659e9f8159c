// The output of `trainbus report`, as accepted in golden/, and its files.
#include "golden.hpp"

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "run_folder.hpp"

namespace trainbus::testing {
namespace {

struct Runs : RunFolder {
  Runs() {
    for (const char* name : {"runs/a", "runs/b"}) {
      add_run(name);
      write(std::string(name) + "/metrics.jsonl", record("step", 1, R"("loss":0.5)"));
    }
  }
  Setting setting() const { return {root().path(), {}}; }
  std::string text(const std::string& file) const {
    std::ostringstream content;
    content << std::ifstream(*this / file, std::ios::binary).rdbuf();
    return content.str();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(help_explains_the_verb) { check_golden("help", {"help", "report"}); }

BOOST_AUTO_TEST_CASE(refusals_say_what_to_do) {
  const Runs runs;
  check_golden("no_run", {"report"}, runs.setting());
  check_golden("parent", {"report", "runs"}, runs.setting());
  check_golden("unknown_option", {"report", "runs/a", "--out", "x"}, runs.setting());
  check_golden("watch_output", {"report", "runs/a", "--watch", "-o", "x"}, runs.setting());
}

#ifdef TRAINBUS_HAS_CHARTS
BOOST_AUTO_TEST_CASE(the_page_goes_where_it_was_told_and_its_name_is_printed) {
  const Runs runs;
  check_golden("one_run", {"report", "runs/a"}, runs.setting());
  check_golden("two_runs", {"report", "runs/a", "runs/b"}, runs.setting());
  check_golden("output", {"report", "runs/a", "-o", "x.html", "--title", "A title"},
               runs.setting());
  check_golden("no_folder", {"report", "runs/a", "-o", "no/x.html"}, runs.setting());
  for (const char* file : {"runs/a/report.html", "report.html", "x.html"})
    BOOST_TEST(runs.text(file).starts_with("<!DOCTYPE html>"), file);
  BOOST_TEST(runs.text("x.html").find("<title>A title · trainbus</title>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_a_report_is_replaced_unasked) {
  Runs runs;
  check_golden("not_replaced", {"report", "runs/a", "-o", "runs/b/metrics.jsonl"}, runs.setting());
  BOOST_TEST(runs.text("runs/b/metrics.jsonl").find("loss") != std::string::npos);
  runs.write("old.html", "mine");
  BOOST_TEST(
      launch({"report", "runs/a", "-o", "old.html", "--overwrite"}, runs.setting()).exit_code == 0);
  BOOST_TEST(launch({"report", "runs/b", "-o", "old.html"}, runs.setting()).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(watching_prints_its_address_and_ends_in_order_on_ctrl_c) {
  const Runs runs;
  Process process({"report", "runs/a", "--watch"}, runs.setting());
  BOOST_TEST(process.read_line().starts_with("http://127.0.0.1:"));
  process.send(SIGINT);
  const Outcome outcome = process.wait();
  BOOST_TEST(outcome.exit_code == 0);
  BOOST_TEST(outcome.signal == 0);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
