#include "formats/json.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "formats/json_fields.hpp"
#include "refusal.hpp"

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
      parse_json("[-0.10654449462890625, 0.1, 1e-05, 123456.789e-3, 1e400]", "f");
  BOOST_TEST(value.at(0).as_double() == -0.10654449462890625);
  BOOST_TEST(value.at(1).as_double() == 0.1);
  BOOST_TEST(value.at(2).as_double() == 1e-05);
  BOOST_TEST(value.at(3).as_double() == 123.456789);
  BOOST_TEST(std::isinf(value.at(4).as_double()));
}

BOOST_AUTO_TEST_CASE(damaged_documents_are_refused_with_file_and_place) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{} x", "nul", "\"\xff\"", "\"open", "1 2"})
    check_refusal([&] { parse_json(text, "some.json"); }, "some.json");
  check_refusal([] { parse_json("{\"a\":1} x", "f"); }, "at byte 8");
}

BOOST_AUTO_TEST_CASE(depth_and_number_of_values_are_bounded) {
  const JsonLimits limits{.depth = 3, .values = 5};
  BOOST_CHECK_NO_THROW(parse_json("[[[1]]]", "f", limits));
  check_refusal([&] { parse_json("[[[[1]]]]", "f", limits); }, "is not valid JSON");
  BOOST_CHECK_NO_THROW(parse_json("[1,2,3,4]", "f", limits));
  check_refusal([&] { parse_json("[1,2,3,4,5]", "f", limits); }, "more values");
  check_refusal([] { parse_json(std::string(100000, '['), "f"); }, "is not valid JSON");
}

BOOST_AUTO_TEST_CASE(fields_name_file_key_found_and_expected) {
  const boost::json::value value = parse_json(R"({"a":{"n":7,"s":"x","z":null}})", "f");
  const JsonFields fields = JsonFields(value, "config.json").object("a");
  BOOST_TEST(fields.integer("n", 0, 9) == 7);
  BOOST_TEST(fields.integer("z", 0, 9, 5) == 5);  // null counts as absent
  check_refusal([&] { fields.integer("n", 8, 9); },
                "config.json: \"a.n\" is 7, expected an integer from 8 to 9");
  check_refusal([&] { fields.integer("s", 0, 9); }, "\"a.s\" is \"x\"");
  check_refusal([&] { fields.text("z"); }, "\"a.z\" is missing, expected a string");
  check_refusal([&] { fields.object("n"); }, "expected an object");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
