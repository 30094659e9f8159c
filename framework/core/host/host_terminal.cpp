// The host extension trainbus.terminal/1: plugins draw on the terminal.
#include "core/host/plugin_host.hpp"
#include "core/io/terminal.hpp"

namespace trainbus {
namespace {

std::uint32_t flags(const tb_host* host) {
  std::uint32_t result = 0;
  answer(nullptr, [&] {
    if (Outlet* const outlet = PluginHost::of(host).outlet()) {
      result = outlet->terminal_flags();
      return;
    }
    const Terminal& terminal = PluginHost::of(host).terminal();
    if (terminal.interactive()) result |= TB_TERMINAL_INTERACTIVE;
    if (terminal.unicode()) result |= TB_TERMINAL_UNICODE;
    if (terminal.color()) result |= TB_TERMINAL_COLOR;
  });
  return result;
}

std::uint32_t columns(const tb_host* host) {
  std::uint32_t result = 0;
  answer(nullptr, [&] {
    Outlet* const outlet = PluginHost::of(host).outlet();
    result = outlet ? outlet->columns() : PluginHost::of(host).terminal().columns();
  });
  return result;
}

void set_live(const tb_host* host, std::uint32_t row, tb_text line) {
  answer(nullptr, [&] {
    if (Outlet* const outlet = PluginHost::of(host).outlet())
      outlet->set_live(row, view(line));
    else
      PluginHost::of(host).terminal().set_live(row, view(line));
  });
}

void print(const tb_host* host, tb_text line) {
  answer(nullptr, [&] {
    if (Outlet* const outlet = PluginHost::of(host).outlet())
      outlet->print(view(line));
    else
      PluginHost::of(host).terminal().print(view(line));
  });
}

}  // namespace

const tb_terminal_api& host_terminal_api() {
  static const tb_terminal_api api = {sizeof(tb_terminal_api), flags, columns, set_live, print};
  return api;
}

}  // namespace trainbus
