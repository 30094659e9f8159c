// What leader and workers say to one another: every message comes back as it was, and what is no
// message is refused, whatever it claims to hold.
#include "core/ranks/message.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

using namespace ranks;

const float not_a_number = std::numeric_limits<float>::quiet_NaN();

// At least one of each kind, with empty and extreme fields.
std::vector<Message> samples() {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return {Alive{},
          Deal{7, {3, 2}},
          Deal{most, Hand::none(4)},
          Result{8, false, {{2, 0, 1}, {0.5f, -0.0f, std::numeric_limits<float>::infinity()}}},
          Result{9, true, {}},
          Again{10, {3, 1, 4'000'000'000}},
          Again{},
          Evaluate{evaluation_round + 1, 1, {2, 0}},
          Records{11, std::string("frames\0of steps", 15)},
          Records{},
          End{End::How::Completed, ""},
          End{End::How::Interrupted, "signal 15"},
          End{End::How::Failed, "its parameters – \xc3\xa9"},
          End{End::How::Released, "a"},
          End{End::How::Anew, "rank 1 is lost"},
          Ready{12},
          Answer{13, most, {1, 5}, {{1, 2}, {0.25f, 1e-45f, 3.5f}}},
          Answer{14, 1, {}, {}},
          Anew{},
          Leave{"asked by signal 15"}};
}

std::string bytes_of_all(const std::vector<Message>& messages) {
  std::string bytes;
  for (const Message& message : messages) append(message, bytes);
  return bytes;
}

// Whether the bytes are messages; any other exception than RunError is a failure of the test.
bool is_read(std::string_view bytes) {
  try {
    messages_in(bytes);
    return true;
  } catch (const RunError&) {
    return false;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_test)

BOOST_AUTO_TEST_CASE(every_message_comes_back) {
  std::vector<bool> seen(std::variant_size_v<Message>);
  for (const Message& message : samples()) {
    seen[message.index()] = true;
    const std::vector<Message> read = messages_in(bytes_of(message));
    BOOST_REQUIRE(read.size() == 1);
    BOOST_TEST((read[0] == message), "kind " << message.index());
  }
  BOOST_TEST(std::ranges::count(seen, false) == 0);  // a kind without a sample
}

BOOST_AUTO_TEST_CASE(several_messages_may_follow_one_another) {
  BOOST_TEST((messages_in(bytes_of_all(samples())) == samples()));
  BOOST_TEST(messages_in("").empty());
}

// They are a byte each, and would take a hundred times as much memory.
BOOST_AUTO_TEST_CASE(many_signs_of_life_in_a_row_are_one) {
  BOOST_TEST(messages_in(std::string(100'000, '\0')).size() == 1u);
  const std::vector<Message> mixed = {Alive{}, Ready{1}, Alive{}};
  BOOST_TEST((messages_in(bytes_of_all(mixed)) == mixed));
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_bits) {
  std::uint32_t bits = 0x7fc12345;  // a NaN with a payload
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  const Result sent{1, false, {{2}, {value, not_a_number}}};
  const auto read = std::get<Result>(messages_in(bytes_of(sent)).at(0));
  BOOST_TEST(std::memcmp(read.numbers.values.data(), sent.numbers.values.data(), 8) == 0);
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
  for (const Message& message : samples()) {
    const std::string bytes = bytes_of(message);
    for (std::size_t size = 1; size < bytes.size(); ++size)
      BOOST_TEST(!is_read(std::string_view(bytes).substr(0, size)),
                 "kind " << message.index() << " with " << size << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(lengths_that_are_not_there_are_refused_without_memory_for_them) {
  const std::uint64_t lengths[] = {2, 1u << 20, std::uint64_t{1} << 40, std::uint64_t{1} << 62,
                                   std::numeric_limits<std::uint64_t>::max()};
  for (const std::uint64_t length : lengths) {
    std::string bytes = bytes_of(Leave{"x"});
    std::memcpy(bytes.data() + 1, &length, sizeof length);
    BOOST_TEST(!is_read(bytes));
    bytes = bytes_of(Again{1, {7}});
    std::memcpy(bytes.data() + 9, &length, sizeof length);
    BOOST_TEST(!is_read(bytes));
  }
}

BOOST_AUTO_TEST_CASE(what_contradicts_itself_is_refused) {
  const std::vector<std::pair<std::string, Message>> wrong = {
      {"no hand", Deal{1, {0, 0}}},
      {"no hand", Deal{1, {2, 3}}},
      {"no hand", Evaluate{1, 0, {0, 1}}},
      {"2 numbers for 3", Result{1, false, {{3}, {1, 2}}}},
      {"1 numbers for 0", Result{1, false, {{}, {1}}}},
      {"numbers of 1 items for 2", Answer{1, 0, {1, 2}, {{1}, {1}}}},
      // The sum of the counts does not wrap around.
      {"1 numbers for 4294967296", Result{1, false, {{0xffffffffu, 1}, {1}}}},
  };
  for (const auto& [what, message] : wrong)
    BOOST_CHECK_EXCEPTION(messages_in(bytes_of(message)), RunError, [&](const RunError& error) {
      BOOST_TEST_MESSAGE(error.what());
      return std::string(error.what()).find(what) != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(unknown_kinds_ways_and_truth_values_are_refused) {
  for (int kind = static_cast<int>(std::variant_size_v<Message>); kind < 256; ++kind)
    BOOST_TEST(!is_read(std::string(1, static_cast<char>(kind))));
  std::string bytes = bytes_of(End{});
  for (int how = 5; how < 256; ++how) {
    bytes[1] = static_cast<char>(how);
    BOOST_TEST(!is_read(bytes));
  }
  bytes = bytes_of(Result{});
  for (int given_up = 2; given_up < 256; ++given_up) {
    bytes[9] = static_cast<char>(given_up);
    BOOST_TEST(!is_read(bytes));
  }
}

// What is read after any change of some bits is what append() writes once more.
BOOST_AUTO_TEST_CASE(changed_bits_are_refused_or_give_another_message) {
  const std::uint64_t seed = 20261130;
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937_64 random(seed);
    const std::string whole = bytes_of_all(samples());
    int read = 0, refused = 0;
    for (int turn = 0; turn < 20'000; ++turn) {
      std::string bytes = whole;
      for (std::size_t flips = 1 + random() % 4; flips > 0; --flips)
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      try {
        const std::string again = bytes_of_all(messages_in(bytes));
        BOOST_REQUIRE(again.size() <= bytes.size());  // less by signs of life in a row
        BOOST_REQUIRE(bytes_of_all(messages_in(again)) == again);
        ++read;
      } catch (const RunError&) {
        ++refused;
      }
    }
    BOOST_TEST(read > 1000);
    BOOST_TEST(refused > 1000);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
