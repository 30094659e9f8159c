#include "settings.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "environment.hpp"

namespace trainbus::progress {

std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

Room Settings::room(std::size_t columns) const {
  Room room{.bar = has_bar};
  if (columns || width) room.cells = columns && width ? std::min(columns, width) : columns + width;
  return room;
}

Settings read_settings(const Host& host) {
  constexpr double default_interval_s = 0.1;
  const Environment environment = read_environment();
  const Terminal terminal = host.terminal();
  Settings out;
  out.disabled =
      environment.disable || host.extension<tb_terminal_api>(TB_EXTENSION_TERMINAL) == nullptr;
  if (!out.disabled)
    for (const std::string& complaint : environment.complaints) host.warning(complaint);

  out.bar.prefix = host.option("desc");
  out.bar.smoothing = host.number<double>("smoothing");

  double interval_s = host.number<double>("min-interval");
  if (interval_s == default_interval_s)
    interval_s = environment.min_interval_s.value_or(interval_s);
  out.bar.min_interval_ns = nanoseconds(interval_s);
  if (!host.option("plain-interval").empty()) {
    out.plain_interval_ns = nanoseconds(host.number<double>("plain-interval"));
    out.longest_silence_ns = out.plain_interval_ns;
  } else if (environment.min_interval_s) {
    out.plain_interval_ns = out.longest_silence_ns = out.bar.min_interval_ns;
  } else {
    out.plain_interval_ns = std::max(nanoseconds(30), out.bar.min_interval_ns);
    out.longest_silence_ns = std::max(nanoseconds(180), out.bar.min_interval_ns);
  }

  out.width = host.number<std::size_t>("width");
  if (out.width == 0 && environment.columns) {
    out.width = *environment.columns;
    out.has_bar = out.width > 0;
  }

  const std::string_view ascii = host.option("ascii");
  out.bar.ascii =
      ascii == "auto" ? environment.ascii.value_or(!terminal.unicode()) : ascii == "yes";
  return out;
}

std::string with_attempt(std::string prefix, std::uint32_t attempt) {
  if (attempt <= 1) return prefix;
  if (prefix.ends_with(": ")) prefix.resize(prefix.size() - 2);
  return prefix + (prefix.empty() ? "(attempt " : " (attempt ") + std::to_string(attempt) + ")";
}

}  // namespace trainbus::progress
