#include <boost/test/unit_test.hpp>
#include <string>

#include "text/steps/byte_level.hpp"
#include "text/steps/normalizer.hpp"
#include "text/steps/white_space.hpp"

namespace trainbus {
namespace {

BOOST_AUTO_TEST_SUITE(characters)

BOOST_AUTO_TEST_CASE(white_space_is_measured_at_both_ends) {
  BOOST_TEST(leading_white_space(" \t\xE3\x80\x80\xC2\xA0x ") == 7u);
  BOOST_TEST(trailing_white_space(" x\xE2\x80\x89\n") == 4u);
  BOOST_TEST(leading_white_space("x") == 0u);
  BOOST_TEST(trailing_white_space("") == 0u);
}

BOOST_AUTO_TEST_CASE(every_byte_has_its_own_character_and_back) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  BOOST_TEST(from_byte_level(to_byte_level(all)).value() == all);
  BOOST_TEST(to_byte_level(" \n~") == "\xC4\xA0\xC4\x8A~");
  for (const char* token : {" ", "\n", "\xC2\xAD", "\xC5\x84", "\xE2\x82\xAC", "\xC4", "\xC4x"})
    BOOST_TEST(!from_byte_level(token).has_value());
}

BOOST_AUTO_TEST_CASE(normalisation_composes) {
  BOOST_TEST(to_nfc("e\xCC\x81") == "\xC3\xA9");
  BOOST_TEST(to_nfc("").empty());
  BOOST_TEST(to_nfc(std::string("a\0b", 3)) == std::string("a\0b", 3));
  BOOST_TEST(to_nfc("\xE2\x84\xAB") == "\xC3\x85");  // Ångström sign
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
