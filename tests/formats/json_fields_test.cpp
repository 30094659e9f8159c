#include "formats/json_fields.hpp"

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "refusal.hpp"

namespace trainbus {
namespace {

using testing::check_refusal;

BOOST_AUTO_TEST_SUITE(json_fields)

BOOST_AUTO_TEST_CASE(fields_name_file_key_found_and_expected) {
  const boost::json::value value = parse_json(R"({"a":{"n":7,"s":"x","z":null,"e":1e999}})", "f");
  const JsonFields fields = JsonFields(value, "config.json").object("a");
  BOOST_TEST(fields.integer("n", 0, 9) == 7);
  BOOST_TEST(fields.integer("z", 0, 9, 5) == 5);  // null counts as absent
  check_refusal([&] { fields.integer("n", 8, 9); },
                "config.json: \"a.n\" is 7, expected an integer from 8 to 9");
  check_refusal([&] { fields.integer("s", 0, 9); }, "\"a.s\" is \"x\"");
  check_refusal([&] { fields.text("z"); }, "\"a.z\" is missing, expected a string");
  check_refusal([&] { fields.text("n", "else"); }, "\"a.n\" is 7, expected a string");
  check_refusal([&] { fields.number("s", 1); }, "\"a.s\" is \"x\", expected a number");
  check_refusal([&] { fields.number("e", 1); }, "expected a finite number");
  check_refusal([&] { fields.flag("n", true); }, "\"a.n\" is 7, expected true or false");
  check_refusal([&] { fields.object("n"); }, "expected an object");
  check_refusal([&] { fields.array("s"); }, "\"a.s\" is \"x\", expected a list");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
