// The terminal, which the host owns (trainbus.terminal/1). Any thread.
#pragma once

#include <trainbus/plugin/file.hpp>
#include <trainbus/plugin/text.hpp>

#include <cstdint>

namespace trainbus {
inline namespace plugin_v1 {

// From Host::terminal(). On a host without a terminal service there are no live lines and print()
// logs.
class Terminal {
 public:
  explicit Terminal(const tb_host& host)
      : host_(&host), api_(detail::host_extension<tb_terminal_api>(host, TB_EXTENSION_TERMINAL)) {}

  // Whether a live line can be redrawn; if not, only print() shows.
  bool interactive() const { return flags() & TB_TERMINAL_INTERACTIVE; }
  // Whether block characters can be shown.
  bool unicode() const { return flags() & TB_TERMINAL_UNICODE; }
  bool color() const { return flags() & TB_TERMINAL_COLOR; }
  // Usable width now, in cells; 0: unknown.
  std::uint32_t columns() const { return api_ ? api_->columns(host_) : 0; }
  // Redraws the live line of this row in one write; an empty line removes it.
  void set_live(std::uint32_t row, Text line) const {
    if (api_) api_->set_live(host_, row, line);
  }
  // A lasting line above the live ones.
  void print(Text line) const {
    if (api_)
      api_->print(host_, line);
    else
      host_->log(host_, TB_LOG_INFO, line);
  }

 private:
  std::uint32_t flags() const { return api_ ? api_->flags(host_) : 0; }
  const tb_host* host_;
  const tb_terminal_api* api_;
};

}  // namespace plugin_v1
}  // namespace trainbus
