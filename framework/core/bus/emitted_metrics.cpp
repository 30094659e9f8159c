#include "core/bus/emitted_metrics.hpp"

#include <algorithm>
#include <utility>

#include "core/bus/event.hpp"

namespace trainbus {

bool is_metric_name(std::string_view name) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return !name.empty() && std::none_of(name.begin(), name.end(), control);
}

EmittedMetrics::EmittedMetrics(std::string instance)
    : tb_metrics{sizeof(tb_metrics), emit_one}, prefix_(std::move(instance) + "/") {}

void EmittedMetrics::begin() {
  emitted_.clear();
  open_ = true;
}

void EmittedMetrics::end(std::vector<tb_scalar>* scalars) {
  open_ = false;
  if (scalars) scalars->insert(scalars->end(), emitted_.begin(), emitted_.end());
}

tb_text EmittedMetrics::full_name(std::string_view name) {
  if (const auto known = names_.find(name); known != names_.end()) return known->second;
  const tb_text full = intern(prefix_ + std::string(name));
  names_.emplace(name, full);
  return full;
}

void EmittedMetrics::add(std::string_view name, double value) {
  const tb_text full = full_name(name);
  for (tb_scalar& earlier : emitted_)  // a name appears once in an event
    if (earlier.name.data == full.data) {
      earlier.value = value;
      return;
    }
  emitted_.push_back({full, value});
}

tb_status EmittedMetrics::emit_one(tb_metrics* metrics, tb_text name, double value) {
  auto& self = *static_cast<EmittedMetrics*>(metrics);
  const std::string_view text(name.data ? name.data : "", name.data ? name.size : 0);
  if (!self.open_ || !is_metric_name(text)) return TB_FAILED;
  try {
    self.add(text, value);
    return TB_OK;
  } catch (...) {  // out of memory
    return TB_FAILED;
  }
}

}  // namespace trainbus
