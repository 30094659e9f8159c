// Collects the metrics that a plugin emits during one call, under its instance's name. Private to
// plugin_observer.
#pragma once

#include <trainbus/plugin.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trainbus {

// Whether a metric may have this name. Control characters are refused, since names appear in text
// files, column heads and on the terminal.
bool is_metric_name(std::string_view name);

// Metrics are collected in a list of their own and appended to the event after the call: the plugin
// may read the event's scalars while it emits, and a call that fails must not change the event.
class EmittedMetrics : public tb_metrics {
 public:
  explicit EmittedMetrics(std::string instance);
  EmittedMetrics(const EmittedMetrics&) = delete;
  EmittedMetrics& operator=(const EmittedMetrics&) = delete;

  void begin();                                         // before a call of the plugin
  void end(std::vector<tb_scalar>* scalars = nullptr);  // after it; appends the metrics
  tb_text full_name(std::string_view name);             // "ema/loss", interned

 private:
  static tb_status emit_one(tb_metrics* self, tb_text name, double value);
  void add(std::string_view name, double value);

  std::string prefix_;
  std::map<std::string, tb_text, std::less<>> names_;  // no allocation for a name seen before
  std::vector<tb_scalar> emitted_;
  bool open_ = false;
};

}  // namespace trainbus
