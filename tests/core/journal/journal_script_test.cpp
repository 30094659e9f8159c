// read_journal.py, the script of the format's page, reads the writer's journals.
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/io/file_system.hpp"
#include "journal_samples.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

using namespace journal;

namespace {

std::string text(const char* format, double value) {
  char buffer[64];
  return std::string(buffer,
                     static_cast<std::size_t>(std::snprintf(buffer, sizeof buffer, format, value)));
}

template <class Values>
std::string list(const char* format, const Values& values) {
  std::string words;
  for (const auto value : values) words += (words.empty() ? "" : " ") + text(format, value);
  return words;
}

std::string row(const Step& s) {
  return std::to_string(s.step) + "," + std::to_string(s.epoch) + "," + std::to_string(s.unix_ns) +
         "," + std::to_string(s.duration_ns) + "," + text("%.17g", s.lr) + "," +
         text("%.9g", s.decay) + "," + (s.skipped ? "1," : "0,") + list("%.17g", s.tokens) + "," +
         list("%.9g", s.losses) + "," + list("%.17g", s.means) + "," +
         list("%.9g", s.coefficients) + "," + (s.norm ? text("%.17g", *s.norm) : "") + "\n";
}

const std::string head =
    "step,epoch,unix_ns,duration_ns,lr,decay,skipped,tokens,losses,means,coefficients,norm\n";

// What the script prints of the journal in folder; standard error goes to the file `errors`.
std::string printed(const ScratchFolder& folder) {
  const std::string out = folder / "out";
  const std::string command =
      PYTHON " " TRAINBUS_SOURCE_DIR "/framework/core/journal/read_journal.py " +
      (folder / "journal").string() + " >" + out + " 2>" + (folder / "errors").string();
  BOOST_TEST(WEXITSTATUS(std::system(command.c_str())) == 0);
  return file_system().read_all(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_script_test)

BOOST_AUTO_TEST_CASE(it_prints_every_number_of_the_steps_that_count) {
  const ScratchFolder folder;
  std::vector<Record> records = sample_records();
  {
    Writer writer(file_system(), folder / "journal", sample_header());
    for (const Record& record : records) writer.append(record);
  }
  const Contents contents = journal::read(file_system(), folder / "journal");
  std::string expected = head;
  for (const std::size_t place : contents.effective)
    if (const Step* const step = std::get_if<Step>(&contents.records[place]))
      expected += row(*step);
  BOOST_TEST(printed(folder) == expected);
  BOOST_TEST(file_system().read_all(folder / "errors") == "");
}

BOOST_AUTO_TEST_CASE(it_says_where_a_torn_journal_ends) {
  const ScratchFolder folder;
  const std::string bytes = journal_bytes({Attempt{}, sample_step(1), sample_step(2)});
  file_system().replace(folder / "journal", bytes.substr(0, bytes.size() - 1));
  BOOST_TEST(printed(folder) == head + row(sample_step(1)));
  BOOST_TEST(file_system().read_all(folder / "errors") ==
             "no whole record at byte " + std::to_string(bytes.size() - 72) + " of " +
                 std::to_string(bytes.size() - 1) + ": read no further\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
