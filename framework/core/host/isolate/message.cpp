#include "core/host/isolate/message.hpp"

#include <algorithm>

#include "core/bus/emitted_metrics.hpp"
#include "core/io/error.hpp"

namespace trainbus::isolate {
namespace {

constexpr std::uint32_t most_rows = 64;  // more than any terminal shows live

void require(bool good, const char* what) {
  if (!good) throw RunError(what, "isolate", "");
}

void read_done(FieldReader& fields, Message& message) {
  message.step = fields.number<std::uint64_t>();
  message.ok = fields.number<std::uint8_t>() != 0;
  message.text = fields.text();
  for (auto left = fields.number<std::uint64_t>(); left > 0; --left) {
    const std::string_view name = fields.text();
    require(is_metric_name(name), "a frame has a metric without a proper name");
    message.metrics.emplace_back(name, fields.number<double>());
  }
}

}  // namespace

Message read_message(const Frame& frame) {
  FieldReader fields(frame.fields);
  Message message;
  message.type = frame.type;
  switch (frame.type) {
    case Type::Ready:
      break;
    case Type::Failed:
    case Type::Print:
      message.text = fields.text();
      break;
    case Type::Done:
      read_done(fields, message);
      break;
    case Type::State:
      message.ok = fields.number<std::uint8_t>() != 0;
      message.text = fields.text();
      break;
    case Type::Log:
      message.level = std::clamp(fields.number<std::int32_t>(), std::int32_t{TB_LOG_DEBUG},
                                 std::int32_t{TB_LOG_ERROR});
      message.text = fields.text();
      break;
    case Type::Live:
      message.row = fields.number<std::uint32_t>();
      require(message.row < most_rows, "a frame has a row that no terminal has");
      message.text = fields.text();
      break;
    case Type::Ask: {
      const auto question = fields.number<std::uint8_t>();
      require(question <= static_cast<std::uint8_t>(Question::Owned),
              "a frame asks what nobody knows");
      message.question = static_cast<Question>(question);
      message.text = fields.text();
      break;
    }
    case Type::Begun:
      message.item = fields.number<std::uint64_t>();
      break;
    case Type::Judged:
      message.item = fields.number<std::uint64_t>();
      message.reward = fields.number<double>();
      break;
    default:
      throw RunError("a frame has the type " + std::to_string(static_cast<unsigned>(frame.type)) +
                         ", which the training process alone sends",
                     "isolate", "");
  }
  require(fields.empty(), "a frame goes on behind its last field");
  return message;
}

}  // namespace trainbus::isolate
