#include "tasks/data/json_table.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

std::string json_refusal(const std::string& text) {
  return refusal([&] { parse_json_table(text, "t.jsonl"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_table)

BOOST_AUTO_TEST_CASE(the_first_object_names_the_columns_and_others_may_order_them_anew) {
  const Table t =
      parse_json_table("{\"text\":\"x\",\"label\":1}\r\n\n{\"label\":0,\"text\":\"y\"}", "t");
  const std::vector<std::string> columns = {"text", "label"};
  BOOST_TEST(t.columns() == columns, boost::test_tools::per_element());
  BOOST_TEST(t.cell(1, 0) == "y");
  BOOST_TEST(t.cell(1, 1) == "0");
  BOOST_TEST(t.line(1) == 3u);
}

BOOST_AUTO_TEST_CASE(strings_are_unescaped) {
  const Table t = parse_json_table(R"({"a\u0041":"x\n\"\\\u00e9\ud83d\ude00 é"})", "t");
  BOOST_TEST(t.columns()[0] == "aA");
  BOOST_TEST(t.cell(0, 0) == "x\n\"\\é😀 é");
}

BOOST_AUTO_TEST_CASE(numbers_stand_as_they_were_written) {
  const Table t = parse_json_table(
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
  const Table t = parse_json_table(R"({"a":true,"b":false,"c":null})", "t");
  BOOST_TEST(t.cell(0, 0) == "true");
  BOOST_TEST(t.cell(0, 1) == "false");
  BOOST_TEST(t.cell(0, 2) == "");
}

BOOST_AUTO_TEST_CASE(long_texts_come_whole) {
  const std::string text(100000, 'x');
  BOOST_TEST(parse_json_table("{\"a\":\"" + text + "\\n" + text + "\"}", "t").cell(0, 0) ==
             text + "\n" + text);
}

BOOST_AUTO_TEST_CASE(what_is_no_flat_object_is_refused_with_its_line) {
  BOOST_TEST(json_refusal("{\"a\":1}\n[1]\n") ==
             "t.jsonl:2: the line is an array, not an object. Write one flat object a line: "
             "{\"text\": \"…\", \"label\": \"…\"}.");
  BOOST_TEST(contains(json_refusal("42"), "t.jsonl:1: the line is not a JSON object"));
  BOOST_TEST(contains(json_refusal("null"), "t.jsonl:1: the line is not a JSON object"));
}

BOOST_AUTO_TEST_CASE(bad_json_is_refused_with_its_line) {
  for (const char* bad : {"{", "{\"a\"}", "{\"a\":1,}", "{'a':1}", "{\"a\":01}", "{\"a\":\"\\x\"}",
                          "{\"a\":\"\\ud800\"}", "{\"a\":\"tab\there\"}", "text"})
    BOOST_TEST(contains(json_refusal(std::string("{\"a\":1}\n") + bad), "t.jsonl:2: bad JSON ("));
  BOOST_TEST(contains(json_refusal("{\"a\":1} {\"a\":2}"), "text follows the JSON object"));
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_no_value_and_a_further_key_a_further_column) {
  const Table t = parse_json_table("{\"a\":1,\"b\":2}\n{\"a\":3}\n{\"c\":4,\"a\":5}", "t.jsonl");
  const std::vector<std::string> columns = {"a", "b", "c"};
  BOOST_TEST(t.columns() == columns, boost::test_tools::per_element());
  const char* expected[3][3] = {{"1", "2", ""}, {"3", "", ""}, {"5", "", "4"}};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      BOOST_TEST(t.cell(row, column) == expected[row][column]);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_text_is_refused_only_when_it_is_asked_for) {
  const Table t = parse_json_table(
      "{\"a\":1,\"b\":{\"a\":[7,{\"a\":8}],\"c\":\"}\"}}\n"
      "{\"b\":[[\"x\"],{\"b\":2}],\"a\":2}\n"
      "{\"a\":3,\"b\":4,\"b\":{}}",
      "t.jsonl");
  for (std::size_t row = 0; row < 3; ++row) BOOST_TEST(t.cell(row, 0) == std::to_string(row + 1));
  BOOST_TEST(refusal([&] { t.cell(0, 1); }) ==
             "t.jsonl:1: the value of \"b\" is an object, expected text. Write its text into a key "
             "of its own, and name that key.");
  BOOST_TEST(contains(refusal([&] { t.cell(1, 1); }), "t.jsonl:2: the value of \"b\" is an array"));
  BOOST_TEST(refusal([&] { t.cell(2, 1); }) ==
             "t.jsonl:3: the key \"b\" occurs twice. Remove one.");
}

BOOST_AUTO_TEST_CASE(an_array_of_chat_messages_has_roles_and_contents) {
  const auto table = [](const std::string& array) {
    return parse_json_table("{\"m\":" + array + ",\"a\":1}", "t.jsonl");
  };
  const Table t = table(R"([{"role":"user","content":"a\n\"b","x":[1,{"role":"no"}]},)"
                        R"({"content":null,"role":"assistant"}])");
  BOOST_TEST_REQUIRE(t.is_messages(0, 0));
  BOOST_TEST(t.is_list(0, 0));
  BOOST_TEST(t.messages(0, 0).size() == 2u);
  BOOST_TEST(t.messages(0, 0).at(0).role == "user");
  BOOST_TEST(t.messages(0, 0).at(0).content == "a\n\"b");
  BOOST_TEST(t.messages(0, 0).at(1).role == "assistant");
  BOOST_TEST(t.messages(0, 0).at(1).content == "");
  BOOST_TEST(t.cell(0, 1) == "1");
  BOOST_TEST(contains(refusal([&] { t.list(0, 0); }), "holds more than texts"));
  for (const char* other :
       {"[]", "[\"a\"]", R"([{"role":"user"}])", R"([{"role":"user","content":["a"]}])",
        R"([{"role":"user","content":"a"},"b"])", R"(["b",{"role":"user","content":"a"}])",
        R"([{"role":"user","content":"a"},[]])", R"([[{"role":"user","content":"a"}]])"})
    BOOST_TEST(!table(other).is_messages(0, 0), other);
}

BOOST_AUTO_TEST_CASE(deep_values_that_nobody_asks_for_do_no_harm) {
  const std::string deep = std::string(400, '[') + std::string(400, ']');
  BOOST_TEST(parse_json_table("{\"m\":" + deep + ",\"a\":1}", "t").cell(0, 1) == "1");
  const std::string too_deep = std::string(100000, '[') + std::string(100000, ']');
  BOOST_TEST(contains(json_refusal("{\"m\":" + too_deep + "}"), "t.jsonl:1: bad JSON ("));
}

BOOST_AUTO_TEST_CASE(the_nan_that_python_writes_is_no_value) {
  const Table t =
      parse_json_table("{\"a\":NaN,\"b\":-Infinity,\"c\":[Infinity],\"d\":\"NaN \\\" NaN\"}", "t");
  BOOST_TEST(t.cell(0, 0) == "");
  BOOST_TEST(t.cell(0, 1) == "");
  BOOST_TEST(t.cell(0, 3) == "NaN \" NaN");
  BOOST_TEST(contains(json_refusal("{\"a\":NaNs}"), "bad JSON"));
}

BOOST_AUTO_TEST_CASE(objects_in_an_array_are_rows) {
  for (const char* text :
       {"[{\"a\":1},\n{\"a\":2}]", "[\n  {\n    \"a\": 1\n  },\n  {\"a\": 2}\n]\n",
        " [ {\"a\":1}\r\n,{\"a\":2} ] "}) {
    const Table t = parse_json_table(text, "t.json");
    BOOST_TEST(t.row_count() == 2u);
    BOOST_TEST(t.cell(1, 0) == "2");
  }
  BOOST_TEST(parse_json_table("[\n{\"a\":1},\n\n{\"a\":2}]", "t").line(1) == 4u);
  BOOST_TEST(parse_json_table("[]", "t").row_count() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_array_of_objects_is_refused_with_its_line) {
  BOOST_TEST(json_refusal("[{\"a\":1},\n[1]]") ==
             "t.jsonl:2: an element of the JSON array is not an object. Write an array of objects: "
             "[{…}, {…}].");
  BOOST_TEST(contains(json_refusal("[{\"a\":1}\n{\"a\":2}]"), "t.jsonl:2: bad JSON (a comma"));
  BOOST_TEST(contains(json_refusal("[{\"a\":1},\n]"), "t.jsonl:2: an element of the JSON array"));
  BOOST_TEST(contains(json_refusal("[{\"a\":1}\n"), "t.jsonl:2: the JSON array is not closed"));
  BOOST_TEST(contains(json_refusal("[{\"a\":1}]\nx"), "t.jsonl:2: text follows the JSON array"));
  BOOST_TEST(contains(json_refusal("[\n{\"a\":tru},{}]"), "t.jsonl:2: bad JSON ("));
}

BOOST_AUTO_TEST_CASE(objects_over_several_lines_are_rows) {
  const Table t =
      parse_json_table("{\n  \"a\": \"x{\",\n  \"b\": {}\n}\n{\n  \"a\": \"y\"\n}\n", "t");
  BOOST_TEST(t.row_count() == 2u);
  BOOST_TEST(t.cell(0, 0) == "x{");
  BOOST_TEST(t.cell(1, 0) == "y");
  BOOST_TEST(t.line(1) == 5u);
  BOOST_TEST(contains(json_refusal("{\n\"a\":1\n}\n{\n\"a\":2\n"), "t.jsonl:4: bad JSON ("));
}

BOOST_AUTO_TEST_SUITE_END()
