// TensorBoard records against protoc 3.21.12 and the published CRC values.
#include "tensorboard/record.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include "support/test_paths.hpp"
#include "tensorboard/crc32c.hpp"
#include "tensorboard/message.hpp"

namespace json = boost::json;
using namespace trainbus::tensorboard;

namespace {

constexpr double kTime = 1700000000.25;

const json::object& reference() {
  static const json::value all = [] {
    std::ifstream in(trainbus::testing::vectors() / "sinks.json");
    return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  }();
  return all.at("tensorboard").as_object();
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::string hex(std::uint32_t value) {
  std::string out;
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
  return out;
}

// The record that the reference calls "V7 …".
std::string expected(const std::string& name) {
  for (const json::value& r : reference().at("records").as_array())
    if (std::string(r.at("name").as_string()).starts_with(name + " "))
      return std::string(r.at("record_hex").as_string());
  return "there is no " + name;
}

// Kinds that the sink does not write, from the same parts: event with a summary of one value.
std::string event(std::int64_t step, const Message& value) {
  Message out;
  out.real(1, kTime);
  if (step != 0) out.integer(2, step);
  return record(out.message(5, Message().message(1, value)).encoded());
}

std::string sequence(char first, char step) {
  std::string out;
  for (int i = 0; i < 32; ++i, first = static_cast<char>(first + step)) out += first;
  return out;
}

std::string named_bytes(const std::string& name) {
  if (name == "empty") return "";
  if (name == "32x00") return std::string(32, '\0');
  if (name == "32xff") return std::string(32, '\xff');
  if (name == "bytes 0..31") return sequence(0, 1);
  if (name == "bytes 31..0") return sequence(31, -1);
  if (name == "1a11 + \"CRC test, one two\"") return "\x1a\x11" + std::string("CRC test, one two");
  return name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tensorboard_record)

BOOST_AUTO_TEST_CASE(checksums_match_the_published_values) {
  for (const auto& [name, crc] : reference().at("crc32c").as_object())
    BOOST_TEST(hex(crc32c(named_bytes(name))) == std::string(crc.as_string()), name);
  for (const auto& [name, crc] : reference().at("masked").as_object())
    BOOST_TEST(hex(masked_crc32c(named_bytes(name))) == std::string(crc.as_string()), name);
}

BOOST_AUTO_TEST_CASE(the_records_that_the_sink_writes_equal_those_of_protoc) {
  const Scalar loss{"train/loss", 2.3456}, pair[] = {{"loss", 0.5}, {"lr", 1e-4}};
  BOOST_TEST(hex(file_version(kTime, "trainbus")) == expected("V1"));
  BOOST_TEST(hex(scalars(kTime, 450, {&loss, 1})) == expected("V2"));
  BOOST_TEST(hex(scalars(kTime, 1, pair)) == expected("V4"));
  BOOST_TEST(hex(session_start(kTime, 450)) == expected("V5"));
  BOOST_TEST(hex(text(kTime, 0, "run/config/text_summary", "lr=1e-4")) == expected("V6"));
  BOOST_TEST(hex(hparams_start(kTime, {{"lr", 1e-4}, {"opt", "mezo"}, {"bf16", true}})) ==
             expected("V7"));
  BOOST_TEST(hex(hparams_end(kTime + 60, SessionStatus::Success)) == expected("V8"));
}

BOOST_AUTO_TEST_CASE(a_histogram_equals_that_of_protoc) {
  const double limits[] = {-1, 0, 1, 2}, counts[] = {0, 1, 1, 2};
  const trainbus::Histogram values{.count = 4,
                                   .min = -1,
                                   .max = 2,
                                   .sum = 2,
                                   .sum_squares = 6,
                                   .limits = limits,
                                   .counts = counts};
  BOOST_TEST(hex(histogram(kTime, 3, "w/hist", values)) == expected("V9"));
}

BOOST_AUTO_TEST_CASE(a_negative_step_and_a_value_that_is_no_number_equal_those_of_protoc) {
  const Scalar nan{"x", std::nan("")};
  BOOST_TEST(hex(scalars(kTime, -1, {&nan, 1})) == expected("V11"));
}

BOOST_AUTO_TEST_CASE(tensors_and_layouts_come_out_right_from_the_same_encoder) {
  const auto metadata = [](std::string_view plugin, int data_class) {
    return Message().message(1, Message().bytes(1, plugin)).integer(4, data_class);
  };
  const Message scalar =
      Message().integer(1, 1).message(2, Message()).bytes(5, std::string("\x4f\x1e\x16\x40", 4));
  Message value = Message().bytes(1, "train/loss").message(8, scalar);
  BOOST_TEST(hex(event(450, value.message(9, metadata("scalars", 1)))) == expected("V3"));

  const Message lines = Message().bytes(1, "train/loss").bytes(1, "eval/loss");
  const Message chart = Message().bytes(1, "loss").message(2, lines);
  const Message layout = Message().message(2, Message().bytes(1, "Train").message(2, chart));
  const Message tensor = Message().integer(1, 7).message(2, Message()).message(8, layout);
  value = Message().bytes(1, "custom_scalars__config__").message(8, tensor);
  BOOST_TEST(hex(event(0, value.message(9, metadata("custom_scalars", 2)))) == expected("V10"));
}

BOOST_AUTO_TEST_CASE(an_empty_payload_and_a_long_one_are_framed) {
  BOOST_TEST(record("").size() == 16u);
  BOOST_TEST(record(std::string(70000, 'x')).size() == 70016u);
  BOOST_TEST(hex(Message().bytes(1, std::string(300, 'x')).encoded()).starts_with("0aac02"));
}

BOOST_AUTO_TEST_SUITE_END()
