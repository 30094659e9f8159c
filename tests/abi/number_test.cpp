#include <boost/test/unit_test.hpp>
#include <trainbus/plugin.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace {

std::string text(double value) {
  std::string out;
  trainbus::append_number(out, value);
  return out;
}

template <class T>
T parsed(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_look_as_a_person_would_write_them) {
  BOOST_TEST(text(0) == "0");
  BOOST_TEST(text(-0.0) == "-0");
  BOOST_TEST(text(1e-3) == "0.001");
  BOOST_TEST(text(1e-4) == "1e-04");
  BOOST_TEST(text(1e-6) == "1e-06");
  BOOST_TEST(text(100000) == "100000");
  BOOST_TEST(text(-100000) == "-100000");
  BOOST_TEST(text(0x1p53 - 1) == "9007199254740991");
  BOOST_TEST(text(2.3456f) == "2.3456");
  BOOST_TEST(text(2.3456) == "2.3456");
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_named) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  BOOST_TEST(text(inf) == "inf");
  BOOST_TEST(text(-inf) == "-inf");
  BOOST_TEST(text(std::nan("")) == "nan");
  BOOST_TEST(text(-std::nan("")) == "nan");
}

BOOST_AUTO_TEST_CASE(every_double_reads_back_the_same_unless_a_float_holds_it_then_as_float) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double wide = std::bit_cast<double>(random());
    const float narrow = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(narrow)) BOOST_TEST_REQUIRE(parsed<float>(text(narrow)) == narrow);
    if (!std::isnan(wide) && static_cast<double>(static_cast<float>(wide)) != wide)
      BOOST_TEST_REQUIRE(parsed<double>(text(wide)) == wide);
  }
}

BOOST_AUTO_TEST_CASE(large_whole_numbers_keep_every_digit) {
  for (int power = 20; power < 1000; power += 7)
    for (const double value :
         {std::ldexp(1, power), std::ldexp(1, power) * 3, std::ldexp(-5, power)})
      BOOST_TEST(parsed<double>(text(value)) == value);
}

BOOST_AUTO_TEST_CASE(seconds_have_six_decimals) {
  std::string out;
  trainbus::append_seconds(out, 1'700'000'000'000'012'345);
  BOOST_TEST(out == "1700000000.000012");
}
