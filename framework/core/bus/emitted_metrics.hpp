// What a metric plugin emits during one call, under its instance's name. Private to
// plugin_observer.
#pragma once

#include <trainbus/plugin.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trainbus {

// Whether a metric may have this name: it stands in files of text, in columns' heads and on the
// terminal, so it has no control characters.
bool is_metric_name(std::string_view name);

// Collected beside the event and appended after the call: the plugin may still be reading the
// event's scalars while it emits, and a call that fails must leave nothing behind.
class EmittedMetrics : public tb_metrics {
 public:
  explicit EmittedMetrics(std::string instance);
  EmittedMetrics(const EmittedMetrics&) = delete;
  EmittedMetrics& operator=(const EmittedMetrics&) = delete;

  void begin();                                         // opens for one call
  void end(std::vector<tb_scalar>* scalars = nullptr);  // closes; appends what was emitted
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
