// The records of a TensorBoard event file, ready to be appended. Field numbers:
// tensorboard/compat/proto (event.proto, summary.proto) and plugins/hparams/plugin_data.proto.
// wall_time: seconds since 1970. step: the optimizer step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <trainbus/plugin/histogram.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace trainbus::tensorboard {

// TFRecord: length, masked CRC of the length, payload, masked CRC of the payload.
std::string record(std::string_view payload);

// The first record of every file.
std::string file_version(double wall_time, std::string_view writer);

// Tells readers to drop the points of older files from `step` on.
std::string session_start(double wall_time, std::int64_t step);

struct Scalar {
  std::string_view tag;
  double value;  // stored as float32, the only type that all loaders take
};
// One event for all scalars of a step.
std::string scalars(double wall_time, std::int64_t step, std::span<const Scalar> values);

// One event for a tensor's histogram. Readers use min and max as the outer edges of the first and
// the last bucket that is not empty.
std::string histogram(double wall_time, std::int64_t step, std::string_view tag,
                      const Histogram& values);

// Markdown, shown by the text dashboard.
std::string text(double wall_time, std::int64_t step, std::string_view tag,
                 std::string_view markdown);

using HyperValue = std::variant<bool, double, std::string>;
using HyperParameters = std::vector<std::pair<std::string, HyperValue>>;
// The run's options for the hparams dashboard, and its end.
std::string hparams_start(double wall_time, const HyperParameters& parameters);
enum class SessionStatus { Success = 1, Failure = 2 };
std::string hparams_end(double wall_time, SessionStatus status);

}  // namespace trainbus::tensorboard
