// The host extension trainbus.histogram/1: the buckets behind an on_histogram event.
#include "core/bus/event.hpp"
#include "core/host/plugin_host.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

tb_status read(const tb_host* host, const tb_event*, tb_histogram* out, tb_error* error) {
  return answer(error, [&] {
    const Event* const event = PluginHost::of(host).event();
    if (!event || !event->histogram)
      throw RunError("there is no histogram to read", PluginHost::of(host).name(),
                     "Read it within the on_event that gets an on_histogram.");
    if (!out || out->size < sizeof(tb_histogram))
      throw RunError("the tb_histogram to fill has no size", PluginHost::of(host).name(),
                     "Set its size to sizeof(tb_histogram) first.");
    const Histogram& from = *event->histogram;
    *out = {.size = out->size,
            .count = from.count,
            .nonfinite = from.nonfinite,
            .min = from.min,
            .max = from.max,
            .sum = from.sum,
            .sum_squares = from.sum_squares,
            .limits = from.limits.data(),
            .counts = from.counts.data(),
            .bucket_count = from.limits.size()};
  });
}

}  // namespace

const tb_histogram_api& host_histogram_api() {
  static const tb_histogram_api api = {sizeof(tb_histogram_api), read};
  return api;
}

}  // namespace trainbus
