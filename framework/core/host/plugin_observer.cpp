#include "core/host/plugin_observer.hpp"

#include <cstring>
#include <utility>

#include "core/bus/current_call.hpp"
#include "core/bus/delivery_options.hpp"
#include "core/bus/emitted_metrics.hpp"
#include "core/host/plugin_host.hpp"
#include "core/host/process_state.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

// A buffer for a plugin's message, which is only read after a failure.
class ErrorBuffer : public tb_error {
 public:
  ErrorBuffer() : tb_error{} {}
  std::string text() const {
    const std::string said(message, ::strnlen(message, sizeof message));
    return said.empty() ? "failed without saying why" : said;
  }
};

tb_text as_text(std::string_view text) { return {text.data(), text.size()}; }

tb_event to_plugin(const Event& event) {
  return {.size = sizeof(tb_event),
          .kind = static_cast<std::uint32_t>(event.kind),
          .name = as_text(event_name(event.kind)),
          .step = event.step,
          .epoch = event.epoch,
          .unix_ns = event.unix_ns,
          .run_ns = event.run_ns,
          .scalars = event.scalars.data(),
          .scalar_count = event.scalars.size(),
          .text = as_text(event.text),
          .attempt = event.attempt,
          .phase = static_cast<std::uint32_t>(event.phase),
          .metrics = event.metrics.data(),
          .metric_count = event.metrics.size()};
}

Intake intake_of(const Plugin& plugin, const OptionValues& options) {
  Intake intake = intake_from(options, plugin.options());
  intake.lossy = plugin.observer->flags & TB_OBSERVER_LOSSY;
  return intake;
}

class PluginObserver final : public Observer {
 public:
  PluginObserver(const Plugin& plugin, std::string instance, const OptionValues& options,
                 const HostServices& services);
  ~PluginObserver() override {
    const CurrentCall current(name().c_str());
    if (self_) plugin_.destroy(self_);
  }

  void on_event(Event& event) override;
  std::vector<std::string> metrics() const override;
  std::string save_state() override;
  void load_state(std::string_view state) override;

 private:
  const tb_state_api* state_api() const;

  const tb_observer& plugin_;
  PluginHost host_;  // outlives self_
  EmittedMetrics emitted_;
  void* self_ = nullptr;
};

PluginObserver::PluginObserver(const Plugin& plugin, std::string instance,
                               const OptionValues& options, const HostServices& services)
    : Observer(instance, static_cast<Role>(plugin.observer->role), plugin.observer->wants,
               intake_of(plugin, options)),
      plugin_(*plugin.observer),
      host_(instance, options, services),
      emitted_(instance) {
  if (role() == Role::Control) host_.allow_control();
  ErrorBuffer error;
  {
    const CurrentCall current(name().c_str());
    const ProcessStateGuard guard("creating " + instance + " (" + plugin.file.string() + ")");
    self_ = plugin_.create(&host_, &error);
  }
  if (const std::string refusal = host_.refusal(); !self_ && !refusal.empty())
    throw UsageError(refusal, instance, "");
  if (!self_)
    throw PluginError("cannot be created: " + error.text(),
                      instance + " (" + plugin.file.string() + ")",
                      "Correct its options, or leave it out with --without " + instance + ".");
}

void PluginObserver::on_event(Event& event) {
  const tb_event seen = to_plugin(event);
  ErrorBuffer error;
  const bool metric = role() == Role::Metric;
  if (metric) emitted_.begin();
  const PluginHost::Handling handling(host_, event);
  const tb_status status = plugin_.on_event(self_, &seen, metric ? &emitted_ : nullptr, &error);
  if (metric) emitted_.end(status == TB_OK ? &event.scalars : nullptr);
  if (status != TB_OK) throw PluginError(error.text(), "", "");  // the bus adds the name
}

std::vector<std::string> PluginObserver::metrics() const {
  std::vector<std::string> names;
  if (role() != Role::Metric || !plugin_.metrics) return names;
  for (const char* const* metric = plugin_.metrics; *metric; ++metric)
    names.push_back(name() + "/" + *metric);
  return names;
}

// Null if the plugin keeps no state.
const tb_state_api* PluginObserver::state_api() const {
  const tb_extension* offered = plugin_.extension ? plugin_.extension(TB_EXTENSION_STATE) : nullptr;
  if (!offered || offered->size < sizeof(tb_state_api)) return nullptr;
  return reinterpret_cast<const tb_state_api*>(offered);
}

std::string PluginObserver::save_state() {
  const tb_state_api* api = state_api();
  if (!api) return {};
  std::string state;
  ErrorBuffer error;
  const auto write = [](void* context, tb_text bytes) {
    static_cast<std::string*>(context)->append(view(bytes));
  };
  if (api->save(self_, write, &state, &error) != TB_OK)
    throw PluginError("cannot save its state: " + error.text(), name(), "");
  return state;
}

void PluginObserver::load_state(std::string_view state) {
  const tb_state_api* api = state_api();
  if (!api) return;
  ErrorBuffer error;
  const std::string bytes(state);  // ends with a zero
  if (api->load(self_, as_text(bytes), &error) != TB_OK)
    throw PluginError("cannot take up its saved state: " + error.text(), name(),
                      "Resume with the plugin and the options that saved it, or leave it out with "
                      "--without " +
                          name() + ".");
}

}  // namespace

Outlet::~Outlet() = default;

std::unique_ptr<Observer> make_plugin_observer(const Plugin& plugin, std::string instance,
                                               const OptionValues& options,
                                               const HostServices& services) {
  if (!plugin.observer)
    throw PluginError("is an engine plugin, expected an observer",
                      instance + " (" + plugin.file.string() + ")", "");
  return std::make_unique<PluginObserver>(plugin, std::move(instance), options, services);
}

}  // namespace trainbus
