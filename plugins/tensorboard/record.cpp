#include "record.hpp"

#include <bit>

#include "crc32c.hpp"
#include "message.hpp"

namespace trainbus::tensorboard {
namespace {

enum DataType { kFloat = 1, kString = 7 };
enum DataClass { kTensor = 2 };

std::string little_endian(std::uint64_t value, int size) {
  std::string out;
  for (; size > 0; --size, value >>= 8) out += static_cast<char>(value);
  return out;
}

std::string packed(std::span<const double> values) {
  std::string out;
  for (const double value : values) out += little_endian(std::bit_cast<std::uint64_t>(value), 8);
  return out;
}

Message event(double wall_time, std::int64_t step) {
  Message out;
  if (wall_time != 0) out.real(1, wall_time);
  if (step != 0) out.integer(2, step);
  return out;
}

// A Summary with one Value: a tensor that belongs to a dashboard.
Message tensor_summary(std::string_view tag, const Message& tensor, std::string_view plugin,
                       std::string_view content) {
  Message plugin_data;
  plugin_data.bytes(1, plugin);
  if (!content.empty()) plugin_data.bytes(2, content);
  const Message metadata = Message().message(1, plugin_data).integer(4, kTensor);
  return Message().message(1, Message().bytes(1, tag).message(8, tensor).message(9, metadata));
}

std::string hparams(double wall_time, std::string_view tag, const Message& content) {
  const Message no_elements = Message().message(2, Message());  // shape [0]
  const Message tensor = Message().integer(1, kFloat).message(2, no_elements);
  return record(event(wall_time, 0)
                    .message(5, tensor_summary(tag, tensor, "hparams", content.encoded()))
                    .encoded());
}

Message hyper_value(const HyperValue& value) {  // google.protobuf.Value
  Message out;
  if (const auto* flag = std::get_if<bool>(&value)) out.integer(4, *flag);
  if (const auto* number = std::get_if<double>(&value)) out.real(2, *number);
  if (const auto* words = std::get_if<std::string>(&value)) out.bytes(3, *words);
  return out;
}

}  // namespace

std::string record(std::string_view payload) {
  const std::string length = little_endian(payload.size(), 8);
  std::string out = length + little_endian(masked_crc32c(length), 4);
  return out.append(payload).append(little_endian(masked_crc32c(payload), 4));
}

std::string file_version(double wall_time, std::string_view writer) {
  return record(event(wall_time, 0)
                    .bytes(3, "brain.Event:2")
                    .message(10, Message().bytes(1, writer))
                    .encoded());
}

std::string session_start(double wall_time, std::int64_t step) {
  constexpr int kStart = 1;
  return record(event(wall_time, step).message(7, Message().integer(1, kStart)).encoded());
}

std::string scalars(double wall_time, std::int64_t step, std::span<const Scalar> values) {
  Message summary;
  for (const Scalar& s : values)
    summary.message(1, Message().bytes(1, s.tag).real32(2, static_cast<float>(s.value)));
  return record(event(wall_time, step).message(5, summary).encoded());
}

std::string histogram(double wall_time, std::int64_t step, std::string_view tag,
                      const Histogram& values) {
  Message content;
  content.real(1, values.min).real(2, values.max).real(3, values.count);
  content.real(4, values.sum).real(5, values.sum_squares);
  content.bytes(6, packed(values.limits)).bytes(7, packed(values.counts));
  const Message value = Message().bytes(1, tag).message(5, content);
  return record(event(wall_time, step).message(5, Message().message(1, value)).encoded());
}

std::string text(double wall_time, std::int64_t step, std::string_view tag,
                 std::string_view markdown) {
  const Message one_element = Message().message(2, Message().integer(1, 1));  // shape [1]
  const Message tensor = Message().integer(1, kString).message(2, one_element).bytes(8, markdown);
  return record(
      event(wall_time, step).message(5, tensor_summary(tag, tensor, "text", "")).encoded());
}

std::string hparams_start(double wall_time, const HyperParameters& parameters) {
  Message session;
  for (const auto& [name, value] : parameters)
    session.message(1, Message().bytes(1, name).message(2, hyper_value(value)));
  session.real(5, wall_time);
  return hparams(wall_time, "_hparams_/session_start_info", Message().message(3, session));
}

std::string hparams_end(double wall_time, SessionStatus status) {
  const Message session = Message().integer(1, static_cast<int>(status)).real(2, wall_time);
  return hparams(wall_time, "_hparams_/session_end_info", Message().message(4, session));
}

}  // namespace trainbus::tensorboard
