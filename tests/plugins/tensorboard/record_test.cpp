// TensorBoard records against protoc 3.21.12 and the published CRC values.
#include "tensorboard/record.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <string>

#include "support/vector_json.hpp"
#include "tensorboard/crc32c.hpp"
#include "tensorboard/message.hpp"

namespace json = boost::json;
using namespace trainbus::tensorboard;

namespace {

constexpr double kTime = 1700000000.25;

// The part of the set that has this name; null: the set has none.
json::value reference(const char* part) {
  const json::value all = trainbus::testing::vector_json("sinks.json");
  if (all.is_null()) return nullptr;
  const json::value* sink = trainbus::testing::field_of(all, "tensorboard", "sinks.json");
  if (sink == nullptr) return nullptr;
  const json::value* found = trainbus::testing::field_of(*sink, part, "sinks.json, tensorboard");
  return found == nullptr ? json::value() : *found;
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

// Compares with the record that has this name, which says what is in it.
void check_record(const std::string& bytes, const std::string& name) {
  const json::value records = reference("records");
  if (records.is_array())
    for (const json::value& record : records.as_array())
      if (record.at("name").as_string() == name) {
        BOOST_TEST(hex(bytes) == std::string(record.at("record_hex").as_string()), name);
        return;
      }
  trainbus::testing::skip("sinks/" + name, "the set does not have it");
}

// Kinds that the sink does not write, from the same parts: event with a summary of one value.
std::string event(std::int64_t step, const Message& value) {
  Message out;
  out.real(1, kTime);
  if (step != 0) out.integer(2, step);
  return record(out.message(5, Message().message(1, value)).encoded());
}

// "empty", "32x00", "bytes 0..31" or the bytes themselves.
std::string named_bytes(const std::string& name) {
  if (name == "empty") return "";
  int first = 0, last = 0, end = 0;
  unsigned count = 0, byte = 0;
  if (std::sscanf(name.c_str(), "%ux%2x%n", &count, &byte, &end) == 2 &&
      end == static_cast<int>(name.size()))
    return std::string(count, static_cast<char>(byte));
  if (std::sscanf(name.c_str(), "bytes %d..%d", &first, &last) == 2) {
    std::string out;
    const int step = first < last ? 1 : -1;
    for (int i = first; i != last + step; i += step) out += static_cast<char>(i);
    return out;
  }
  if (name == "1a11 + \"CRC test, one two\"") return "\x1a\x11" + std::string("CRC test, one two");
  return name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tensorboard_record)

BOOST_AUTO_TEST_CASE(checksums_match_the_published_values) {
  if (const json::value plain = reference("crc32c"); plain.is_object())
    for (const auto& [name, crc] : plain.as_object())
      BOOST_TEST(hex(crc32c(named_bytes(name))) == std::string(crc.as_string()), name);
  if (const json::value masked = reference("masked"); masked.is_object())
    for (const auto& [name, crc] : masked.as_object())
      BOOST_TEST(hex(masked_crc32c(named_bytes(name))) == std::string(crc.as_string()), name);
}

BOOST_AUTO_TEST_CASE(the_records_that_the_sink_writes_equal_those_of_protoc) {
  const Scalar loss{"train/loss", 2.3456}, pair[] = {{"loss", 0.5}, {"lr", 1e-4}};
  check_record(file_version(kTime, "trainbus"), "V1 file_version+source, wall_time=1700000000.25");
  check_record(scalars(kTime, 450, {&loss, 1}),
               "V2 scalar simple_value train/loss=2.3456 step=450");
  check_record(scalars(kTime, 1, pair), "V4 two scalars in one event step=1");
  check_record(session_start(kTime, 450), "V5 session_log START step=450");
  check_record(text(kTime, 0, "run/config/text_summary", "lr=1e-4"), "V6 text run/config step=0");
  check_record(hparams_start(kTime, {{"lr", 1e-4}, {"opt", "mezo"}, {"bf16", true}}),
               "V7 hparams session_start");
  check_record(hparams_end(kTime + 60, SessionStatus::Success), "V8 hparams session_end SUCCESS");
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
  check_record(histogram(kTime, 3, "w/hist", values), "V9 histo w/hist step=3");
}

BOOST_AUTO_TEST_CASE(a_negative_step_and_a_value_that_is_no_number_equal_those_of_protoc) {
  const Scalar nan{"x", std::nan("")};
  check_record(scalars(kTime, -1, {&nan, 1}), "V11 step=-1 (10-byte varint), value NaN");
}

BOOST_AUTO_TEST_CASE(tensors_and_layouts_come_out_right_from_the_same_encoder) {
  const auto metadata = [](std::string_view plugin, int data_class) {
    return Message().message(1, Message().bytes(1, plugin)).integer(4, data_class);
  };
  const Message scalar =
      Message().integer(1, 1).message(2, Message()).bytes(5, std::string("\x4f\x1e\x16\x40", 4));
  Message value = Message().bytes(1, "train/loss").message(8, scalar);
  check_record(event(450, value.message(9, metadata("scalars", 1))),
               "V3 scalar tensor+metadata(data_class) train/loss=2.3456 step=450");

  const Message lines = Message().bytes(1, "train/loss").bytes(1, "eval/loss");
  const Message chart = Message().bytes(1, "loss").message(2, lines);
  const Message layout = Message().message(2, Message().bytes(1, "Train").message(2, chart));
  const Message tensor = Message().integer(1, 7).message(2, Message()).message(8, layout);
  value = Message().bytes(1, "custom_scalars__config__").message(8, tensor);
  check_record(event(0, value.message(9, metadata("custom_scalars", 2))),
               "V10 custom_scalars layout");
}

BOOST_AUTO_TEST_CASE(an_empty_payload_and_a_long_one_are_framed) {
  BOOST_TEST(record("").size() == 16u);
  BOOST_TEST(record(std::string(70000, 'x')).size() == 70016u);
  BOOST_TEST(hex(Message().bytes(1, std::string(300, 'x')).encoded()).starts_with("0aac02"));
}

BOOST_AUTO_TEST_SUITE_END()
