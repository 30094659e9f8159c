#include "core/io/json.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

#include "formats/refusal.hpp"

namespace trainbus {
namespace {

using testing::check_refusal;

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(a_key_that_occurs_twice_is_refused_at_any_depth) {
  check_refusal([] { parse_json(R"({"a":1,"b":2,"a":3})", "f"); }, "key \"a\" twice");
  check_refusal([] { parse_json(R"([{"x":{"k":1,"k":1}}])", "f"); }, "key \"k\" twice");
  check_refusal([] { parse_json(R"({"k":1,"\u006b":2})", "f"); }, "key \"k\" twice");
  BOOST_CHECK_NO_THROW(parse_json(R"({"a":{"a":1},"b":{"a":{"b":2}},"c":[{"a":1},{"a":1}]})", "f"));
}

BOOST_AUTO_TEST_CASE(values_arrive_as_written) {
  const boost::json::value value = parse_json(
      R"({"s":"a\u00e9\n","i":-3,"u":18446744073709551615,"d":1.5,"t":true,"n":null})", "f");
  BOOST_TEST(value.at("s").as_string() == "a\xC3\xA9\n");
  BOOST_TEST(value.at("i").as_int64() == -3);
  BOOST_TEST(value.at("u").as_uint64() == UINT64_MAX);
  BOOST_TEST(value.at("d").as_double() == 1.5);
  BOOST_TEST(value.at("t").as_bool());
  BOOST_TEST(value.at("n").is_null());
}

BOOST_AUTO_TEST_CASE(decimals_are_rounded_to_the_nearest_double) {
  const boost::json::value value =
      parse_json("[-0.10654449462890625, 0.1, 1e-05, 123456.789e-3, 1e400, 3e-5]", "f");
  BOOST_TEST(value.at(0).as_double() == -0.10654449462890625);
  BOOST_TEST(value.at(1).as_double() == 0.1);
  BOOST_TEST(value.at(2).as_double() == 1e-05);
  BOOST_TEST(value.at(3).as_double() == 123.456789);
  BOOST_TEST(std::isinf(value.at(4).as_double()));
  BOOST_TEST(value.at(5).as_double() == 3e-5);
  BOOST_TEST(is_same_but_for_the_last_place(3e-5, boost::json::parse("3e-5").as_double()));
  BOOST_TEST(!is_same_but_for_the_last_place(3e-5, 3.000000000001e-5));
  BOOST_TEST(!is_same_but_for_the_last_place(1, -1));
}

BOOST_AUTO_TEST_CASE(damaged_documents_are_refused_with_file_and_place) {
  for (const char* text :
       {"", "{", "{\"a\":}", "[1,]", "{} x", "nul", "\"\xff\"", "\"open", "1 2"}) {
    check_refusal([&] { parse_json(text, "some.json"); }, "some.json");
    BOOST_TEST(!try_parse_json(text).has_value());
  }
  check_refusal([] { parse_json("{\"a\":1} x", "f"); }, "at byte 8");
  check_refusal([] { parse_json("{\n \"a\":\n }", "f"); }, "found '}') at byte 9, line 3");
  check_refusal([] { parse_json("[\"a\xC3(\"]", "f"); }, "at byte");
  check_refusal([] { parse_json("[\"\x01\"]", "f"); }, "found the byte 0x01) at byte 2, line 1");
  check_refusal([] { parse_json("[1,\n2", "f"); }, "found the end of the text) at byte 5, line 2");
  check_refusal([] { parse_json("[1 \xC3\xA9]", "f"); }, "found '\xC3\xA9') at byte 3, line 1");
}

BOOST_AUTO_TEST_CASE(depth_and_number_of_values_are_bounded) {
  const JsonLimits limits{.depth = 3, .values = 5};
  BOOST_CHECK_NO_THROW(parse_json("[[[1]]]", "f", limits));
  check_refusal([&] { parse_json("[[[[1]]]]", "f", limits); }, "is not valid JSON");
  BOOST_CHECK_NO_THROW(parse_json("[1,2,3,4]", "f", limits));
  check_refusal([&] { parse_json("[1,2,3,4,5]", "f", limits); }, "more values");
  check_refusal([] { parse_json(std::string(100000, '['), "f"); }, "is not valid JSON");
}

BOOST_AUTO_TEST_CASE(numbers_that_only_python_writes_are_refused_or_replaced_outside_of_strings) {
  const std::string text = R"({"a":NaN,"b":[-Infinity,Infinity],"NaN":"NaN \" -Infinity"})";
  check_refusal([&] { parse_json(text, "f"); }, "found 'N') at byte 5, line 1");
  const auto words = parse_json(text, "f", {.python_numbers = PythonNumbers::AsText});
  BOOST_TEST(words.at("a").as_string() == "NaN");
  BOOST_TEST(words.at("b").at(0).as_string() == "-Infinity");
  BOOST_TEST(words.at("NaN").as_string() == "NaN \" -Infinity");
  const auto nulls = parse_json(text, "f", {.python_numbers = PythonNumbers::AsNull});
  BOOST_TEST(nulls.at("a").is_null());
  BOOST_TEST(nulls.at("b").at(1).is_null());
  BOOST_TEST(nulls.at("NaN").as_string() == "NaN \" -Infinity");
  check_refusal([] { parse_json("[NaNs]", "f", {.python_numbers = PythonNumbers::AsNull}); },
                "is not valid JSON");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_and_what_is_of_another_type_are_told_apart) {
  const boost::json::value document = parse_json(
      R"({"text":"x","whole":7,"as_decimal":256.0,"half":0.5,"huge":18446744073709551615,
          "flag":false,"null":null,"list":[1,"a"],"object":{"in":{"deep":"y"}}})",
      "f");
  const JsonView view(document);
  BOOST_TEST((view["text"].text() == "x"));
  BOOST_TEST(view["whole"].integer().value() == 7);
  BOOST_TEST(view["as_decimal"].integer().value() == 256);
  BOOST_TEST(view["whole"].real().value() == 7.0);
  BOOST_TEST(view["half"].real().value() == 0.5);
  BOOST_TEST(view["flag"].flag().value() == false);
  BOOST_TEST(view["list"].elements().size() == 2u);
  BOOST_TEST((view["object"]["in"]["deep"].text() == "y"));
  BOOST_TEST(view["object"].members().size() == 1u);

  BOOST_TEST(!view["none"].exists());
  BOOST_TEST(!view["none"]["of"]["these"].exists());
  BOOST_TEST(!view["text"]["of a text"].exists());
  for (const char* name : {"half", "huge", "text", "null", "list"}) {
    BOOST_TEST(view[name].exists());
    BOOST_TEST(!view[name].integer().has_value());
    BOOST_TEST(!view[name].flag().has_value());
    BOOST_TEST(view[name].members().empty());
  }
  BOOST_TEST(view["null"].is_null());
  BOOST_TEST(!view["none"].is_null());
  BOOST_TEST(!view["whole"].text().has_value());
  BOOST_TEST(!view["text"].real().has_value());
  BOOST_TEST(view["object"].elements().empty());
  BOOST_TEST(view["whole"].text_or("else") == "else");

  const JsonView members(document.get_object());  // an object that is no part of a document
  BOOST_TEST(members.exists());
  BOOST_TEST(members.is_object());
  BOOST_TEST((members["text"].text() == "x"));
  BOOST_TEST(!JsonView().exists());
}

BOOST_AUTO_TEST_CASE(a_message_shows_a_value_in_short_and_whole_characters) {
  BOOST_TEST(json_excerpt(7) == "7");
  BOOST_TEST(json_excerpt(boost::json::object{{"a", 1}}) == "an object");
  BOOST_TEST(json_excerpt(boost::json::array{1, 2}) == "a list of 2");
  std::string text;
  while (text.size() < 200) text += "é";
  const std::string shown = json_excerpt(boost::json::string(text));
  BOOST_TEST(shown == "\"" + text.substr(0, 78) + "…");  // 80 bytes would end within an é
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
