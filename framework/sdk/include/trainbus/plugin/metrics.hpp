// The output of a metric observer.
#pragma once

#include <trainbus/plugin/text.hpp>

#include <stdexcept>
#include <string>

namespace trainbus {
inline namespace plugin_v1 {

// Passed to the hooks of a MetricObserver, valid during the call.
class Metrics {
 public:
  explicit Metrics(tb_metrics& raw) : raw_(&raw) {}

  // Adds INSTANCE/name to the current event. Throws if the host refuses it.
  void emit(Text name, double value) {
    if (raw_->emit(raw_, name, value) != TB_OK)
      throw std::runtime_error("the host refused metric " + std::string(view(name)));
  }

 private:
  tb_metrics* raw_;
};

}  // namespace plugin_v1
}  // namespace trainbus
