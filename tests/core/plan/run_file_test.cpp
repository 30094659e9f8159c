#include "core/plan/run_file.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/io/error.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::parse_run_file;
using trainbus::UsageError;

std::string value(const std::string& written) {
  return parse_run_file("key = " + written, "run.ini").sections.at(0).entries.at(0).value;
}

std::string refusal(const std::string& text) {
  try {
    parse_run_file(text, "run.ini");
    return "accepted";
  } catch (const UsageError& error) {
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_file)

BOOST_AUTO_TEST_CASE(sections_keys_and_lines_are_kept_in_order) {
  const auto file = parse_run_file(
      "# a comment\n"
      "plugin = mezo\n"
      "plugin = slow=ema   # the second of its kind\n"
      "\n"
      "[mezo]\n"
      "  lr=1e-6\n",
      "run.ini");
  BOOST_REQUIRE(file.sections.size() == 2U);
  const auto& top = file.sections[0];
  BOOST_TEST(top.name == "");
  BOOST_REQUIRE(top.entries.size() == 2U);
  BOOST_TEST(top.entries[0].value == "mezo");
  BOOST_TEST(top.entries[1].key == "plugin");
  BOOST_TEST(top.entries[1].value == "slow=ema");
  BOOST_TEST(file.place(top.entries[1].line) == "run.ini:3");
  BOOST_TEST(file.sections[1].name == "mezo");
  BOOST_TEST(file.sections[1].line == 5U);
  BOOST_TEST(file.sections[1].entries.at(0).value == "1e-6");
  BOOST_TEST(file.sections[1].entries.at(0).line == 6U);
}

BOOST_AUTO_TEST_CASE(quoted_values_keep_blanks_and_number_signs) {
  BOOST_TEST(value("\" Negative\"") == " Negative");
  BOOST_TEST(value("\"a # b\" # a comment") == "a # b");
  BOOST_TEST(value("\"\"") == "");
  BOOST_TEST(value(R"("{text}\nIt was\t\"good\" \\o/")") == "{text}\nIt was\t\"good\" \\o/");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_a_comment_by_mistake_is_refused_with_its_line) {
  for (const char* text : {"### Instruction:\\n{text}", "#{text}", "#text"}) try {
      parse_run_file("a = 1\ntemplate = " + std::string(text) + "\n", "run.ini");
      BOOST_ERROR("nothing was refused");
    } catch (const UsageError& error) {
      BOOST_TEST(std::string(error.what()) ==
                 "run.ini:2: 'template' has no value: '#' begins a comment, here '" +
                     std::string(text) +
                     "'. If it belongs to the value, put the whole value in double quotes.");
    }
}

BOOST_AUTO_TEST_CASE(the_comment_that_a_value_ends_at_is_remembered) {
  const auto entry = [](const char* line) {
    return parse_run_file(line, "run.ini").sections.at(0).entries.at(0);
  };
  BOOST_TEST(entry("template = Ticket #{text}").comment == "#{text}");
  BOOST_TEST(entry("template = Ticket #{text}").ends_at_doubtful_comment());
  BOOST_TEST(!entry("lr = 1 # a comment").ends_at_doubtful_comment());
  BOOST_TEST(entry("template = \"Ticket #{text}\"").comment == "");
}

BOOST_AUTO_TEST_CASE(unquoted_values_lose_outer_blanks_and_comments_only) {
  BOOST_TEST(value("  two words \t") == "two words");
  BOOST_TEST(value("data/a#1.csv") == "data/a#1.csv");
  BOOST_TEST(value("x # y") == "x");
  BOOST_TEST(value("# only a comment") == "");
  BOOST_TEST(value("#") == "");
  BOOST_TEST(value("say \"hi\"") == "say \"hi\"");
  BOOST_TEST(value(R"(a\nb)") == R"(a\nb)");
  BOOST_TEST(value("a = b") == "a = b");
}

BOOST_AUTO_TEST_CASE(line_ends_of_windows_a_byte_order_mark_and_a_missing_last_newline_are_fine) {
  const auto file = parse_run_file("\xEF\xBB\xBFseed = 1\r\n[csv]\r\npath = \"x\"\r", "run.ini");
  BOOST_TEST(file.sections.at(0).entries.at(0).value == "1");
  BOOST_TEST(file.sections.at(1).name == "csv");
  BOOST_TEST(file.sections.at(1).entries.at(0).value == "x");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_an_empty_run_file) {
  BOOST_TEST(parse_run_file("", "run.ini").sections.size() == 1U);
  BOOST_TEST(parse_run_file("\n \n#\n", "run.ini").sections.at(0).entries.empty());
}

BOOST_AUTO_TEST_CASE(refusals_name_file_and_line) {
  BOOST_TEST(contains(refusal("a = 1\nlr 1e-6\n"), "run.ini:2"));
  BOOST_TEST(contains(refusal("= 1"), "found '= 1', expected 'name = value'"));
  BOOST_TEST(contains(refusal("\n[mezo\n"), "run.ini:2: found '[mezo', expected a section"));
  BOOST_TEST(contains(refusal("[]"), "expected a section"));
  BOOST_TEST(contains(refusal("[a]\n[b]\n[a]\n"), "run.ini:3: section [a] appears twice"));
  BOOST_TEST(contains(refusal("[a]\n[a]\n"), "first in line 1"));
  BOOST_TEST(contains(refusal("x = \"open"), "run.ini:1: a quoted value does not end"));
  BOOST_TEST(contains(refusal("x = \"open\\"), "unknown escape"));
  BOOST_TEST(contains(refusal("x = \"a\\q\""), "unknown escape"));
  BOOST_TEST(contains(refusal("x = \"a\" b"), "found 'b' after the closing quote"));
  BOOST_TEST(contains(refusal(std::string("x = \0", 5)), "NUL"));
}

BOOST_AUTO_TEST_CASE(what_is_no_run_file_is_refused_with_its_path) {
  const trainbus::testing::ScratchFolder scratch;
  BOOST_CHECK_EXCEPTION(trainbus::read_run_file(scratch / "none.ini"), UsageError,
                        [](const UsageError& e) { return contains(e.what(), "none.ini"); });
  BOOST_CHECK_EXCEPTION(trainbus::read_run_file(scratch.path()), UsageError,
                        [](const UsageError& e) { return contains(e.what(), "not a file"); });
  std::ofstream(scratch / "big.ini") << std::string((1 << 20) + 1, '#');
  BOOST_CHECK_EXCEPTION(trainbus::read_run_file(scratch / "big.ini"), UsageError,
                        [](const UsageError& e) { return contains(e.what(), "1 MiB"); });
  std::ofstream(scratch / "run.ini") << "seed = 7\n";
  BOOST_TEST(trainbus::read_run_file(scratch / "run.ini").sections[0].entries.at(0).value == "7");
}

BOOST_AUTO_TEST_SUITE_END()
