#include "tasks/data/table.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/test_paths.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(the_extension_names_the_format) {
  BOOST_TEST((table_format("a.csv") == TableFormat::Csv));
  BOOST_TEST((table_format("a.TSV") == TableFormat::Tsv));
  BOOST_TEST((table_format("a.jsonl") == TableFormat::Json));
  BOOST_TEST((table_format("a.ndjson") == TableFormat::Json));
  BOOST_TEST((table_format("a.json") == TableFormat::Json));
}

BOOST_AUTO_TEST_CASE(a_given_format_wins_over_the_extension) {
  BOOST_TEST((table_format("a.txt", "tsv") == TableFormat::Tsv));
  BOOST_TEST((table_format("a.tsv", "csv") == TableFormat::Csv));
}

BOOST_AUTO_TEST_CASE(an_unknown_format_is_refused) {
  BOOST_TEST(refusal([] { table_format("a.txt"); }) ==
             "a.txt: the extension \".txt\" names no known table format. Say what it holds: "
             "--task.format csv, tsv or jsonl.");
  BOOST_TEST(
      refusal([] { table_format("a.csv", "xlsx"); }) ==
      "a.csv: unknown table format \"xlsx\". The formats are auto, csv, tsv, jsonl and json.");
}

BOOST_AUTO_TEST_CASE(a_separator_is_one_punctuation_character_or_the_tab) {
  for (const char c : {',', ';', '|', ':', '^', '~', '\t'})
    BOOST_TEST(csv_separator(std::string(1, c)) == c);
  BOOST_TEST(csv_separator("tab") == '\t');
  BOOST_TEST(csv_separator("\\t") == '\t');
  for (const char* bad : {"", ";;", "a", "1", " ", "\"", "\n", "é"})
    BOOST_TEST(contains(refusal([&] { csv_separator(bad); }), "--task.separator: found "));
}

BOOST_AUTO_TEST_CASE(only_csv_has_a_separator_to_choose) {
  BOOST_TEST(contains(refusal([] { parse_table("a\tb\n1\t2\n", TableFormat::Tsv, "t.tsv", ';'); }),
                      "--task.separator: \";\" cannot be the separator of t.tsv, which is TSV"));
  BOOST_TEST(contains(refusal([] { parse_table("{\"a\":1}", TableFormat::Json, "t", ';'); }),
                      "which is JSON"));
}

BOOST_AUTO_TEST_CASE(cells_come_back_by_row_and_column) {
  Table t("t", {"a", "b"});
  t.append(std::vector<std::string>{"", "x"}, 2);
  t.append(std::vector<std::string>{"yy", ""}, 5);
  BOOST_TEST(t.row_count() == 2u);
  BOOST_TEST(t.cell(0, 0) == "");
  BOOST_TEST(t.cell(0, 1) == "x");
  BOOST_TEST(t.cell(1, 0) == "yy");
  BOOST_TEST(t.cell(1, 1) == "");
  BOOST_TEST(t.line(1) == 5u);
}

BOOST_AUTO_TEST_CASE(a_missing_column_is_refused_with_those_present) {
  const Table t("reviews.csv", {"category", "text", "movie_name"});
  BOOST_TEST(t.column("text", "text-column") == 1u);
  BOOST_TEST(refusal([&] { t.column("movie", "group-column"); }) ==
             "reviews.csv: has no column \"movie\", which group-column names; its columns are "
             "\"category\", \"text\", \"movie_name\"");
  BOOST_TEST(
      contains(refusal([&] { t.column("categroy", "label-column"); }), "Did you mean 'category'?"));
}

BOOST_AUTO_TEST_CASE(two_columns_of_one_name_are_refused_only_when_they_are_asked_for) {
  const Table t = parse_table("a,b,a,,\n1,2,3,4,5\n", TableFormat::Csv, "t.csv");
  BOOST_TEST(t.cell(0, t.column("b", "x")) == "2");
  BOOST_TEST(refusal([&] { t.column("a", "--task.text-column"); }) ==
             "t.csv:1: two columns are named \"a\", which --task.text-column names. Give each its "
             "own name.");
}

BOOST_AUTO_TEST_CASE(a_row_may_have_values_of_the_first_columns_only) {
  Table t("t", {"a"});
  t.append(std::vector<std::string>{"x"}, 1);
  BOOST_TEST(t.add_column("b") == 1u);
  t.append(std::vector<std::string>{}, 2);
  t.append(std::vector<std::string>{"y", "z"}, 3);
  BOOST_TEST(t.cell(0, 0) == "x");
  BOOST_TEST(t.cell(0, 1) == "");
  BOOST_TEST(t.cell(1, 0) == "");
  BOOST_TEST(t.cell(1, 1) == "");
  BOOST_TEST(t.cell(2, 1) == "z");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_refused) {
  for (const char* text : {"", "\n\r\n \n", "\xEF\xBB\xBF"})
    for (const TableFormat format : {TableFormat::Csv, TableFormat::Tsv, TableFormat::Json})
      BOOST_TEST(refusal([&] { parse_table(text, format, "t"); }) ==
                 "t: is empty. Give a file with rows of data.");
}

BOOST_AUTO_TEST_CASE(a_header_without_rows_is_refused) {
  for (const char* text : {"a,b", "a,b\r\n", "\xEF\xBB\xBF\n\na,b\n\n"})
    BOOST_TEST(refusal([&] { parse_table(text, TableFormat::Csv, "t"); }) ==
               "t: names its columns but has no rows. Give a file with rows of data.");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_refused_with_its_line) {
  BOOST_TEST(refusal([] { parse_table("a,b\n1,2\n3,caf\xE9\n", TableFormat::Csv, "t.csv"); }) ==
             "t.csv:3: is not UTF-8 text. Convert the file to UTF-8.");
  const std::string utf16(
      "\xFF\xFE"
      "a\0,\0b\0",
      8);
  BOOST_TEST(contains(refusal([&] { parse_table(utf16, TableFormat::Csv, "t.csv"); }), "t.csv:1:"));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_part_of_the_first_column) {
  const Table t = parse_table(
      "\xEF\xBB\xBF"
      "a,b\n1,2\n",
      TableFormat::Csv, "t");
  BOOST_TEST(t.columns()[0] == "a");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_whole) {
  trainbus::testing::ScratchFolder folder;
  write(folder / "t.csv", "a,b\n1,2\n");
  const Table t = read_table(folder / "t.csv");
  BOOST_TEST(t.cell(0, 1) == "2");
  BOOST_TEST(t.name() == (folder / "t.csv").string());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_before_it_is_tried) {
  trainbus::testing::ScratchFolder folder;
  BOOST_TEST(contains(refusal([&] { read_table(folder / "none.csv"); }), "none.csv: no such file"));
  std::filesystem::create_directory(folder / "dir.csv");
  BOOST_TEST(refusal([&] { read_table(folder / "dir.csv"); }) ==
             (folder / "dir.csv").string() + ": is a folder, expected a file. Name a file.");
}

BOOST_AUTO_TEST_SUITE_END()
