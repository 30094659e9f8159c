#include "tasks/data/delimited.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;
using Cells = std::vector<std::string>;

namespace {

Cells row(const Table& t, std::size_t index) {
  Cells cells;
  for (std::size_t c = 0; c < t.columns().size(); ++c) cells.emplace_back(t.cell(index, c));
  return cells;
}

std::string csv_refusal(const std::string& text) {
  return refusal([&] { parse_csv(text, "t.csv"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delimited)

BOOST_AUTO_TEST_CASE(csv_cells_may_be_quoted_plain_or_empty) {
  const Table t = parse_csv("a,b,c\n1,\"x,y\",\n\"\",\"say \"\"no\"\"\",z\n", "t.csv");
  BOOST_TEST(row(t, 0) == (Cells{"1", "x,y", ""}), boost::test_tools::per_element());
  BOOST_TEST(row(t, 1) == (Cells{"", "say \"no\"", "z"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(quoted_cells_keep_line_breaks_and_lines_are_counted_through_them) {
  const Table t = parse_csv("a,b\n\"one\ntwo\r\nthree\",x\ny,z\n", "t.csv");
  BOOST_TEST(t.cell(0, 0) == "one\ntwo\r\nthree");
  BOOST_TEST(t.line(0) == 2u);
  BOOST_TEST(t.line(1) == 5u);
}

BOOST_AUTO_TEST_CASE(lf_and_crlf_and_a_missing_last_line_end_are_the_same) {
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\r\n\n3,4"}) {
    const Table t = parse_csv(text, "t.csv");
    BOOST_TEST(t.row_count() == 2u);
    BOOST_TEST(row(t, 1) == (Cells{"3", "4"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(blanks_around_a_cell_belong_to_it) {
  BOOST_TEST(parse_csv("a,b\n 1 ,\" 2 \"\n", "t").cell(0, 0) == " 1 ");
  BOOST_TEST(parse_csv("a,b\n 1 ,\" 2 \"\n", "t").cell(0, 1) == " 2 ");
}

BOOST_AUTO_TEST_CASE(a_nul_byte_is_a_character_like_others) {
  const std::string text("a,b\nx\0y,2\n\0,3\n", 14);
  const Table t = parse_csv(text, "t");
  BOOST_TEST(t.cell(0, 0) == std::string("x\0y", 3));
  BOOST_TEST(t.cell(1, 0) == std::string("\0", 1));
}

BOOST_AUTO_TEST_CASE(a_ragged_row_is_refused_with_its_line) {
  BOOST_TEST(csv_refusal("a,b\n\"x\ny\",1\n1,2,3\n") ==
             "t.csv:4: the row has 3 cells, the header has 2. Put cells with commas or line breaks "
             "in quotation marks.");
  BOOST_TEST(csv_refusal("a,b\n1\n") ==
             "t.csv:2: the row has 1 cell, the header has 2. Put cells with commas or line breaks "
             "in quotation marks.");
}

BOOST_AUTO_TEST_CASE(bad_quotes_are_refused_with_their_line) {
  BOOST_TEST(
      csv_refusal("a,b\n1,2\nsay \"no\",3\n") ==
      "t.csv:3: a quotation mark inside a cell that does not begin with one. Put the cell in "
      "quotation marks and double those inside it.");
  BOOST_TEST(
      csv_refusal("a,b\n\"1\" ,2\n") ==
      "t.csv:2: text follows the closing quotation mark of a cell. Put the cell in quotation "
      "marks and double those inside it.");
  BOOST_TEST(csv_refusal("a,b\n1,2\n3,\"four\n5,6\n") ==
             "t.csv:3: a quotation mark opens a cell here and is never closed. Put the cell in "
             "quotation marks and double those inside it.");
}

BOOST_AUTO_TEST_CASE(a_lone_carriage_return_is_refused) {
  BOOST_TEST(csv_refusal("a,b\r1,2\r") ==
             "t.csv:1: a carriage return without a line feed. End lines with LF or CRLF.");
}

BOOST_AUTO_TEST_CASE(tsv_takes_quotation_marks_as_they_stand) {
  const Table t = parse_tsv("a\tb\n\"x\t,y\"\r\nit's 5\" long\t\n", "t.tsv");
  BOOST_TEST(row(t, 0) == (Cells{"\"x", ",y\""}), boost::test_tools::per_element());
  BOOST_TEST(row(t, 1) == (Cells{"it's 5\" long", ""}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_ragged_tsv_row_is_refused_with_what_tsv_cannot_hold) {
  BOOST_TEST(
      refusal([] { parse_tsv("a\tb\n1\t2\t3\n", "t.tsv"); }) ==
      "t.tsv:2: the row has 3 cells, the header has 2. A cell of a TSV file holds no tab and "
      "no line break; use CSV.");
}

BOOST_AUTO_TEST_CASE(a_separator_that_was_meant_is_proposed) {
  BOOST_TEST(csv_refusal("text;label\na, b;1\n") ==
             "t.csv:1: the only column is \"text;label\": is the separator ';'? Then add "
             "--task.format csv --task.separator ';'.");
  BOOST_TEST(contains(csv_refusal("text|label\na, b|1\n"), "is the separator '|'?"));
  BOOST_TEST(
      contains(csv_refusal("text\tlabel\na, b\t1\n"),
               "is the separator the tab? Then add --task.format csv --task.separator 'tab'"));
  const Table t = parse_csv("text;label\na;1\n", "t.csv");
  BOOST_TEST(
      contains(refusal([&] { t.column("text", "--task.text-column"); }), "is the separator ';'?"));
  BOOST_TEST(t.column("text;label", "--task.text-column") == 0u);
  const Table tsv = parse_tsv("text,label\na,1\n", "t.tsv");
  BOOST_TEST(contains(refusal([&] { tsv.column("text", "--task.text-column"); }),
                      "is the separator ','? Then add --task.format csv."));
}

BOOST_AUTO_TEST_CASE(a_given_separator_is_taken) {
  const Table t = parse_csv("a;b\n\"1;\n2\";x, y\n", "t.csv", ';');
  BOOST_TEST(row(t, 0) == (Cells{"1;\n2", "x, y"}), boost::test_tools::per_element());
  BOOST_TEST(parse_csv("a\tb\n1\t2\n", "t.csv", '\t').cell(0, 1) == "2");
}

BOOST_AUTO_TEST_CASE(a_first_line_may_name_the_separator) {
  for (const char* text : {"sep=;\na;b\n1;2\n", "sep=;\r\na;b\r\n1;2\r\n"}) {
    const Table t = parse_csv(text, "t.csv");
    BOOST_TEST(row(t, 0) == (Cells{"1", "2"}), boost::test_tools::per_element());
    BOOST_TEST(t.line(0) == 3u);
  }
  BOOST_TEST(parse_csv("sep=,\na,b\n1,2\n", "t.csv").columns()[0] == "a");
  BOOST_TEST(parse_csv("sep=|\na;b\n1;2\n", "t.csv", ';').columns()[1] == "b");
  BOOST_TEST(parse_csv("sep=ab,b\n1,2\n", "t.csv").columns()[0] == "sep=ab");
}

BOOST_AUTO_TEST_CASE(what_is_written_by_the_rules_is_read_back) {
  std::mt19937 random(1);
  const auto pick = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 300; ++round) {
    const std::size_t columns = 2 + pick(3), rows = 1 + pick(6);
    std::string text;
    std::vector<Cells> expected;
    for (std::size_t c = 0; c < columns; ++c) text += (c ? ",h" : "h") + std::to_string(c);
    for (std::size_t r = 0; r < rows; ++r) {
      text += pick(2) ? "\n" : "\r\n";
      Cells& cells = expected.emplace_back();
      for (std::size_t c = 0; c < columns; ++c) {
        std::string cell, escaped;
        for (std::size_t n = pick(6); n > 0; --n) cell += "ab,\"\n\r é"[pick(8)];
        for (const char letter : cell) escaped += letter == '"' ? "\"\"" : std::string(1, letter);
        const bool plain = cell.find_first_of(",\"\n\r") == std::string::npos;
        text += (c ? "," : "") + (plain && pick(2) ? cell : '"' + escaped + '"');
        cells.push_back(cell);
      }
    }
    const Table t = parse_csv(text, "t.csv");
    BOOST_TEST_REQUIRE(t.row_count() == rows);
    for (std::size_t r = 0; r < rows; ++r)
      BOOST_TEST(row(t, r) == expected[r], boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_are_read_or_refused_but_do_no_harm) {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 24; n > 0; --n) text += "a,\"\n\r\t {}:1"[random() % 11];
    for (const TableFormat format : {TableFormat::Csv, TableFormat::Tsv, TableFormat::Json}) {
      try {
        const Table t = parse_table(text, format, "t");
        BOOST_TEST(t.row_count() > 0u);
      } catch (const trainbus::UsageError&) {
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
