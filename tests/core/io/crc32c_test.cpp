#include "core/io/crc32c.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace trainbus::testing {

namespace data = boost::unit_test::data;

// The definition, bit by bit.
std::uint32_t reference(std::string_view bytes) {
  std::uint32_t state = 0xffffffffu;
  for (const char c : bytes) {
    state ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state & 1 ? 0x82f63b78u : 0u);
  }
  return ~state;
}

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

using Function = std::uint32_t (*)(std::uint32_t, std::string_view);
const Function functions[] = {&crc32c, &crc32c_portable};

BOOST_AUTO_TEST_SUITE(crc32c_test)

BOOST_DATA_TEST_CASE(the_answers_of_rfc_3720_come_out, data::xrange(2), which) {
  const Function crc = functions[which];
  std::string ascending, descending;
  for (char c = 0; c < 32; ++c) ascending += c, descending.insert(descending.begin(), c);
  std::string read_command(48, '\0');  // B.4: an iSCSI SCSI Read (10) command
  const std::pair<std::size_t, unsigned char> bytes[] = {
      {0, 0x01}, {1, 0xc0}, {16, 0x14}, {22, 0x04}, {27, 0x14}, {31, 0x18}, {32, 0x28}, {40, 0x02}};
  for (const auto& [at, byte] : bytes) read_command[at] = static_cast<char>(byte);
  BOOST_TEST(crc(0, std::string(32, '\0')) == 0x8a9136aau);
  BOOST_TEST(crc(0, std::string(32, '\xff')) == 0x62a8ab43u);
  BOOST_TEST(crc(0, ascending) == 0x46dd794eu);
  BOOST_TEST(crc(0, descending) == 0x113fdb5cu);
  BOOST_TEST(crc(0, read_command) == 0xd9963a56u);
  BOOST_TEST(crc(0, "123456789") == 0xe3069283u);
  BOOST_TEST(crc(0, "") == 0u);
}

BOOST_DATA_TEST_CASE(every_length_and_alignment_gives_what_the_definition_says, data::xrange(2),
                     which) {
  const std::string bytes = random_bytes(300);
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t size = 0; size + begin <= bytes.size(); ++size) {
      const std::string_view part(bytes.data() + begin, size);
      BOOST_REQUIRE_EQUAL(functions[which](0, part), reference(part));
    }
}

BOOST_DATA_TEST_CASE(bytes_may_come_in_pieces, data::xrange(2), which) {
  const std::string bytes = random_bytes(100);
  const Function crc = functions[which];
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    BOOST_REQUIRE_EQUAL(crc(crc(0, bytes.substr(0, cut)), bytes.substr(cut)), reference(bytes));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
