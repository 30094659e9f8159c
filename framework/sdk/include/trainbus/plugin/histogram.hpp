// The distribution of a tensor's numbers (trainbus.histogram/1, since 1.1).
#pragma once

#include <trainbus/plugin/event.hpp>
#include <trainbus/plugin/file.hpp>

#include <span>

namespace trainbus {
inline namespace plugin_v1 {

// The histogram of the current event, valid during the call. Bucket i holds counts[i] numbers above
// limits[i - 1] (min for the first) and up to limits[i].
struct Histogram {
  double count = 0;         // of finite numbers
  double nonfinite = 0;     // NaN and infinities, which are in no bucket
  double min = 0, max = 0;  // of the finite numbers
  double sum = 0, sum_squares = 0;
  std::span<const double> limits, counts;
};

namespace detail {

inline Histogram read_histogram(const tb_host& host, const tb_event& event) {
  const auto* api = host_extension<tb_histogram_api>(host, TB_EXTENSION_HISTOGRAM);
  if (!api) throw std::runtime_error("the host has no trainbus.histogram/1");
  tb_histogram raw{};
  raw.size = sizeof raw;
  check([&](tb_error* error) { return api->read(&host, &event, &raw, error); });
  return {raw.count,
          raw.nonfinite,
          raw.min,
          raw.max,
          raw.sum,
          raw.sum_squares,
          {raw.limits, raw.bucket_count},
          {raw.counts, raw.bucket_count}};
}

}  // namespace detail
}  // namespace plugin_v1
}  // namespace trainbus
