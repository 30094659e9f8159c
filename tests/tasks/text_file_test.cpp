#include "tasks/data/text_file.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/test_paths.hpp"
#include "tasks/data/table.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using namespace std::string_literals;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

std::vector<std::string> texts(const std::string& bytes) {
  std::vector<std::string> texts;
  for (const TextLine& line : text_lines(bytes, "t.txt")) texts.push_back(line.text);
  return texts;
}

std::string lines_refusal(const std::string& bytes) {
  return refusal([&] { text_lines(bytes, "t.txt"); });
}

std::string bytes_refusal(const std::string& bytes, const std::string& name) {
  return refusal([&] { text_of_bytes(bytes, name); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_file)

BOOST_AUTO_TEST_CASE(however_a_file_ends_its_lines_its_texts_are_the_same) {
  const std::vector<std::string> expected = {"a fine film", "bad"};
  for (const char* bytes :
       {"a fine film\nbad\n", "a fine film\r\nbad\r\n", "a fine film\nbad", "a fine film\r\nbad",
        "\xEF\xBB\xBF"
        "a fine film\nbad\n",
        "  a fine film \t\n\v bad \r\n"})
    BOOST_TEST(texts(bytes) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_and_a_cell_are_prepared_the_same) {
  for (const std::string& text : {" a  b "s, "\xC2\xA0nbsp\xC2\xA0"s, "x\0y"s, "\fé\v"s}) {
    const Table table = parse_table("text,b\n\"" + text + "\",1\n", TableFormat::Csv, "t.csv");
    BOOST_TEST(texts(text + "\n").at(0) == std::string(prepare_text(table.cell(0, 0))));
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_text_is_refused_by_its_number) {
  BOOST_TEST(lines_refusal("a\n\nb\n") ==
             "t.txt:2: the line has no text. Remove the line, or give it a text: each line gets "
             "one answer.");
  BOOST_TEST(contains(lines_refusal("a\n \t\r\n"), "t.txt:2:"));
  BOOST_TEST(contains(lines_refusal(""), "t.txt: is empty"));
  BOOST_TEST(contains(lines_refusal("\xEF\xBB\xBF"), "t.txt: is empty"));
}

BOOST_AUTO_TEST_CASE(what_is_no_line_of_text_is_refused_by_its_number) {
  BOOST_TEST(
      contains(lines_refusal("a\nb\rc\r"), "t.txt:2: a carriage return without a line feed"));
  BOOST_TEST(contains(lines_refusal("a\nb\ncaf\xE9\n"), "t.txt:3: is not UTF-8 text"));
}

BOOST_AUTO_TEST_CASE(a_line_keeps_its_number) {
  const std::vector<TextLine> lines = text_lines("a\nb", "t");
  BOOST_TEST(lines[1].line == 2u);
}

BOOST_AUTO_TEST_CASE(another_kind_of_file_is_named_with_the_command_that_makes_text_of_it) {
  BOOST_TEST(bytes_refusal("PAR1\x15", "d/t.parquet") ==
             "d/t.parquet: is a Parquet file. Make a table of text: python3 -c \"import pandas; "
             "pandas.read_parquet('d/t.parquet').to_csv('d/t.csv', index=False)\"");
  BOOST_TEST(contains(bytes_refusal("PK\x03\x04", "t.xlsx"), "is a spreadsheet. Make a table"));
  BOOST_TEST(contains(bytes_refusal("PK\x03\x04", "t.zip"), "is a zip archive. Unpack it first"));
  BOOST_TEST(bytes_refusal("\x1F\x8B\x08", "t.csv.gz") ==
             "t.csv.gz: is compressed (gzip). Decompress it first: gunzip --keep t.csv.gz");
  BOOST_TEST(contains(bytes_refusal("ARROW1\0\0x"s, "t.arrow"), "read_feather('t.arrow')"));
  BOOST_TEST(contains(bytes_refusal("\xFF\xFF\xFF\xFF\x10", "t.arrow"), "Dataset.from_file"));
  BOOST_TEST(contains(bytes_refusal("version https://git-lfs.github.com/spec/v1\noid", "t.csv"),
                      "is a git-lfs pointer"));
  BOOST_TEST(contains(bytes_refusal("\n<!DOCTYPE html><html>", "t.csv"), "is a web page"));
  BOOST_TEST(bytes_refusal("\xFF\xFE"
                           "a\0"s,
                           "t.csv") ==
             "t.csv:1: is UTF-16, not UTF-8 text. Convert it: iconv -f UTF-16 -t UTF-8 t.csv > "
             "t.utf8.csv");
  BOOST_TEST(contains(bytes_refusal("\xFF\xFE\0\0a\0\0\0"s, "t.csv"), "is UTF-32"));
}

BOOST_AUTO_TEST_CASE(the_kind_is_named_before_a_format_is_asked_for) {
  const trainbus::testing::ScratchFolder folder;
  std::ofstream(folder / "t.parquet") << "PAR1";
  for (const char* format : {"auto", "csv"})
    BOOST_TEST(contains(refusal([&] { read_table(folder / "t.parquet", {.format = format}); }),
                        "is a Parquet file"));
}

BOOST_AUTO_TEST_CASE(a_folder_is_named_with_what_is_in_it) {
  const trainbus::testing::ScratchFolder folder;
  const std::filesystem::path data = folder / "data";
  std::filesystem::create_directory(data);
  BOOST_TEST(refusal([&] { read_bytes(data); }) ==
             data.string() + ": is a folder, expected a file. Name a file.");
  std::ofstream(data / "b.csv") << "x";
  std::ofstream(data / "a.jsonl") << "x";
  BOOST_TEST(contains(refusal([&] { read_bytes(data); }),
                      "Name one of its files: \"a.jsonl\", \"b.csv\"."));
  std::ofstream(data / "dataset_info.json") << "{}";
  BOOST_TEST(contains(refusal([&] { read_bytes(data); }),
                      "load_from_disk('" + data.string() + "').to_csv('data.csv')"));
  BOOST_TEST(contains(refusal([&] { read_bytes(folder / "none"); }), "none: no such file"));
}

BOOST_AUTO_TEST_SUITE_END()
