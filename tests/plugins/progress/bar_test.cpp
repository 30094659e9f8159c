// The bar's line against what tqdm 4.69.1 wrote for the same input.
#include "progress/bar.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "progress/number.hpp"
#include "support/test_paths.hpp"

namespace json = boost::json;
using namespace trainbus::progress;

namespace {

const json::object& reference() {
  static const json::value all = [] {
    std::ifstream in(trainbus::testing::vectors() / "sinks.json");
    return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  }();
  return all.as_object();
}

std::string text(const json::object& object, const char* key, const char* fallback = "") {
  const json::value* value = object.if_contains(key);
  return value ? std::string(value->as_string()) : fallback;
}

std::optional<double> number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (!value || value->is_null()) return {};
  return value->to_number<double>();
}

std::string render(const json::object& c) {
  const std::string prefix = text(c, "prefix"), postfix = text(c, "postfix"),
                    unit = text(c, "unit", "it");
  const auto flag = [&](const char* key) {
    const json::value* value = c.if_contains(key);
    return value && value->as_bool();
  };
  Meter meter{.n = static_cast<std::uint64_t>(*number(c, "n")),
              .initial = static_cast<std::uint64_t>(number(c, "initial").value_or(0)),
              .elapsed_s = *number(c, "elapsed"),
              .rate = number(c, "rate"),
              .prefix = prefix,
              .postfix = postfix,
              .unit = unit,
              .unit_scale = flag("unit_scale"),
              .ascii = flag("ascii")};
  if (const auto total = number(c, "total")) meter.total = static_cast<std::uint64_t>(*total);
  if (const auto width = number(c, "ncols")) meter.width = static_cast<std::size_t>(*width);
  return format_meter(meter);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bar_line)

BOOST_AUTO_TEST_CASE(every_reference_line_is_rendered_byte_for_byte) {
  const json::array& cases = reference().at("format_meter").as_array();
  BOOST_REQUIRE_EQUAL(cases.size(), 109u);
  for (const json::value& c : cases)
    BOOST_TEST(render(c.as_object()) == text(c.as_object(), "out"), json::serialize(c));
}

BOOST_AUTO_TEST_CASE(bars_of_ten_cells_match_the_reference_in_both_alphabets) {
  for (const auto& [fraction, bars] : reference().at("bar10").as_object()) {
    const double value = std::stod(std::string(fraction));
    BOOST_TEST(bar(value, 10, false) == std::string(bars.at(0).as_string()), fraction);
    BOOST_TEST(bar(value, 10, true) == std::string(bars.at(1).as_string()), fraction);
  }
}

BOOST_AUTO_TEST_CASE(intervals_match_the_reference) {
  for (const auto& [seconds, out] : reference().at("format_interval").as_object())
    BOOST_TEST(format_interval(std::stod(std::string(seconds))) == std::string(out.as_string()));
}

BOOST_AUTO_TEST_CASE(sizes_match_the_reference) {
  for (const auto& [value, out] : reference().at("format_sizeof_1000").as_object())
    BOOST_TEST(format_sizeof(std::stod(std::string(value))) == std::string(out.as_string()));
}

BOOST_AUTO_TEST_CASE(numbers_of_three_digits_match_the_reference) {
  for (const auto& [plain, out] : reference().at("format_num").as_object()) {
    const double value = plain == "True" ? 1 : std::stod(std::string(plain));
    BOOST_TEST(format_num(value, std::string(plain)) == std::string(out.as_string()));
  }
}

BOOST_AUTO_TEST_CASE(the_line_of_the_documentation_is_reproduced) {
  BOOST_TEST(format_meter({.n = 450,
                           .total = 1000,
                           .elapsed_s = 135.5,
                           .prefix = "Training",
                           .postfix = "loss=2.3456, lr=1.00e-04"}) ==
             "Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, "
             "lr=1.00e-04]");
}

BOOST_AUTO_TEST_CASE(values_at_the_ends_of_their_types_are_rendered) {
  BOOST_TEST(!format_meter({.n = ~0ull, .total = ~0ull, .elapsed_s = 1e300}).empty());
  BOOST_TEST(format_interval(std::numeric_limits<double>::infinity()) == "?");
  BOOST_TEST(fixed(std::numeric_limits<double>::quiet_NaN(), 4) == "nan");
  BOOST_TEST(fixed(-std::numeric_limits<double>::infinity(), 4) == "-inf");
  BOOST_TEST(bar(std::numeric_limits<double>::quiet_NaN(), 2, true).size() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
