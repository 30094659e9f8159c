// An instance of an observer, driven through its C interface as a host drives it.
#pragma once

#include <trainbus/plugin/export.hpp>
#include <trainbus/plugin/testing/event_builder.hpp>
#include <trainbus/plugin/testing/fake_host.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus::testing {

class Instance {
 public:
  // The observer must be the one that the host was made for. Throws the message with which a host
  // would refuse it.
  Instance(const tb_observer& observer, FakeHost& host) : observer_(observer) {
    tb_error error{};
    self_ = observer.create(&host.raw(), &error);
    if (!self_) throw std::runtime_error(error.message);
  }
  ~Instance() { observer_.destroy(self_); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Whether the observer handled the event; one whose kind it does not want counts as handled.
  bool publish(EventBuilder event) { return publish(event.build()); }
  bool publish(const tb_event& event) {
    emitted.clear();
    failure.clear();
    if (event.kind >= 64 || !(observer_.wants >> event.kind & 1)) return true;
    Out out{{sizeof(tb_metrics), emit}, this};
    tb_error error{};
    tb_metrics* metrics = observer_.role == TB_ROLE_METRIC ? &out : nullptr;
    const bool handled = observer_.on_event(self_, &event, metrics, &error) == TB_OK;
    if (!handled) failure = error.message;
    return handled;
  }
  // Of the last event: the error, and the metrics that the observer added.
  std::string failure;
  std::vector<std::pair<std::string, double>> emitted;
  std::optional<double> emitted_value(std::string_view name) const {
    for (const auto& [candidate, value] : emitted)
      if (candidate == name) return value;
    return std::nullopt;
  }

  // Null: the observer keeps no state.
  const tb_state_api* state_api() const {
    const tb_extension* found =
        observer_.extension ? observer_.extension(TB_EXTENSION_STATE) : nullptr;
    return found && found->size >= sizeof(tb_state_api)
               ? reinterpret_cast<const tb_state_api*>(found)
               : nullptr;
  }
  std::string save_state() {
    std::string bytes;
    const auto write = [](void* context, tb_text part) {
      static_cast<std::string*>(context)->append(view(part));
    };
    detail::check([&](tb_error* error) { return state_api()->save(self_, write, &bytes, error); });
    return bytes;
  }
  void load_state(const std::string& bytes) {
    detail::check([&](tb_error* error) { return state_api()->load(self_, Text(bytes), error); });
  }

 private:
  struct Out : tb_metrics {
    Instance* owner;
  };
  static tb_status emit(tb_metrics* out, tb_text name, double value) {
    static_cast<Out*>(out)->owner->emitted.emplace_back(view(name), value);
    return TB_OK;
  }

  const tb_observer& observer_;
  void* self_;
};

}  // namespace trainbus::testing
