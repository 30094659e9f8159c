// The host extension trainbus.control/1: control observers make requests of the run.
#include "core/bus/control.hpp"
#include "core/host/plugin_host.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

tb_status request(const tb_host* host, std::uint32_t what, tb_text reason, tb_error* error) {
  return answer(error, [&] {
    PluginHost& asking = PluginHost::of(host);
    const Event* const event = asking.event();
    if (!asking.control() || !event)
      throw RunError("may not ask the run for anything", asking.name(),
                     "Only an observer of the control role may, within on_event.");
    asking.control()->request({static_cast<ControlRequest::What>(what), asking.name(),
                               std::string(view(reason)), event->step});
  });
}

}  // namespace

const tb_control_api& host_control_api() {
  static const tb_control_api api = {sizeof(tb_control_api), request};
  return api;
}

}  // namespace trainbus
