#include "tasks/data/json_lines.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

std::string json_refusal(const std::string& text) {
  return refusal([&] { parse_json_lines(text, "t.jsonl"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_lines)

BOOST_AUTO_TEST_CASE(the_first_object_names_the_columns_and_others_may_order_them_anew) {
  const Table t =
      parse_json_lines("{\"text\":\"x\",\"label\":1}\r\n\n{\"label\":0,\"text\":\"y\"}", "t");
  const std::vector<std::string> columns = {"text", "label"};
  BOOST_TEST(t.columns() == columns, boost::test_tools::per_element());
  BOOST_TEST(t.cell(1, 0) == "y");
  BOOST_TEST(t.cell(1, 1) == "0");
  BOOST_TEST(t.line(1) == 3u);
}

BOOST_AUTO_TEST_CASE(strings_are_unescaped) {
  const Table t = parse_json_lines(R"({"a\u0041":"x\n\"\\\u00e9\ud83d\ude00 é"})", "t");
  BOOST_TEST(t.columns()[0] == "aA");
  BOOST_TEST(t.cell(0, 0) == "x\n\"\\é😀 é");
}

BOOST_AUTO_TEST_CASE(numbers_stand_as_they_were_written) {
  const Table t = parse_json_lines(
      R"({"a":1.50,"b":-0,"c":1e-5,"d":18446744073709551615,"e":-9223372036854775808,"f":123456789012345678901234567890,"g":0.1234567890123456789})",
      "t");
  const char* expected[] = {"1.50",
                            "-0",
                            "1e-5",
                            "18446744073709551615",
                            "-9223372036854775808",
                            "123456789012345678901234567890",
                            "0.1234567890123456789"};
  for (std::size_t i = 0; i < 7; ++i) BOOST_TEST(t.cell(0, i) == expected[i]);
}

BOOST_AUTO_TEST_CASE(bools_are_words_and_null_is_empty) {
  const Table t = parse_json_lines(R"({"a":true,"b":false,"c":null})", "t");
  BOOST_TEST(t.cell(0, 0) == "true");
  BOOST_TEST(t.cell(0, 1) == "false");
  BOOST_TEST(t.cell(0, 2) == "");
}

BOOST_AUTO_TEST_CASE(long_texts_come_whole) {
  const std::string text(100000, 'x');
  BOOST_TEST(parse_json_lines("{\"a\":\"" + text + "\\n" + text + "\"}", "t").cell(0, 0) ==
             text + "\n" + text);
}

BOOST_AUTO_TEST_CASE(what_is_no_flat_object_is_refused_with_its_line) {
  BOOST_TEST(json_refusal("{\"a\":1}\n[1]\n") ==
             "t.jsonl:2: the line is an array, not an object. Write one flat object a line: "
             "{\"text\": \"…\", \"label\": \"…\"}.");
  BOOST_TEST(contains(json_refusal("42"), "t.jsonl:1: the line is not a JSON object"));
  BOOST_TEST(contains(json_refusal("null"), "t.jsonl:1: the line is not a JSON object"));
  BOOST_TEST(contains(json_refusal("{\"a\":[1]}"), "t.jsonl:1: the value of \"a\" is an array"));
  BOOST_TEST(contains(json_refusal("{\"a\":{}}"), "t.jsonl:1: the value of \"a\" is an object"));
}

BOOST_AUTO_TEST_CASE(bad_json_is_refused_with_its_line) {
  for (const char* bad : {"{", "{\"a\"}", "{\"a\":1,}", "{'a':1}", "{\"a\":01}", "{\"a\":\"\\x\"}",
                          "{\"a\":\"\\ud800\"}", "{\"a\":NaN}", "{\"a\":\"tab\there\"}", "text"})
    BOOST_TEST(contains(json_refusal(std::string("{\"a\":1}\n") + bad), "t.jsonl:2: bad JSON ("));
  BOOST_TEST(contains(json_refusal("{\"a\":1} {\"a\":2}"), "text follows the JSON object"));
}

BOOST_AUTO_TEST_CASE(keys_must_be_those_of_the_first_object) {
  BOOST_TEST(
      json_refusal("{\"a\":1,\"b\":2}\n{\"a\":1}") ==
      "t.jsonl:2: the key \"b\" of the first object is missing. All lines must have the same "
      "keys; null is an empty cell.");
  BOOST_TEST(json_refusal("{\"a\":1}\n{\"a\":1,\"c\":2}") ==
             "t.jsonl:2: the key \"c\" is not in the first object. All lines must have the same "
             "keys.");
  BOOST_TEST(json_refusal("{\"a\":1}\n{\"a\":1,\"a\":2}") ==
             "t.jsonl:2: the key \"a\" stands twice. Remove one.");
  BOOST_TEST(contains(json_refusal("{\"a\":1,\"a\":2}"), "two columns are named \"a\""));
}

BOOST_AUTO_TEST_SUITE_END()
