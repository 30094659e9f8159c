#include "bar.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <trainbus/plugin/display_width.hpp>

#include "number.hpp"

namespace trainbus::progress {
namespace {

constexpr std::array<std::string_view, 9> kBlocks = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<std::string_view, 11> kDigits = {" ", "1", "2", "3", "4", "5",
                                                      "6", "7", "8", "9", "#"};
constexpr std::size_t kDefaultCells = 10;

std::string repeat(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  while (count-- > 0) out += text;
  return out;
}

// The parts of the line that both forms share. A rate of 0 is unknown.
struct Parts {
  double rate;
  std::string n, elapsed, rate_text, postfix;

  explicit Parts(const Meter& m)
      : rate(m.rate.value_or(m.elapsed_s != 0
                                 ? (static_cast<double>(m.n) - static_cast<double>(m.initial)) /
                                       m.elapsed_s
                                 : 0)),
        n(count(m.n, m)),
        elapsed(format_interval(m.elapsed_s)),
        rate_text(speed(m)),
        postfix(m.postfix.empty() ? "" : ", " + std::string(m.postfix)) {}

  static std::string count(std::uint64_t value, const Meter& m) {
    return m.unit_scale ? format_sizeof(static_cast<double>(value)) : std::to_string(value);
  }

  // "3.32it/s", or "2.50s/it" when slower than one a second.
  std::string speed(const Meter& m) const {
    const std::string unit(m.unit);
    if (rate == 0) return "?" + unit + "/s";
    const bool slow = 1 / rate > 1;
    const double shown = slow ? 1 / rate : rate;
    return (m.unit_scale ? format_sizeof(shown) : fixed(shown, 2, 5)) +
           (slow ? "s/" + unit : unit + "/s");
  }
};

bool has_bar(const Meter& m) { return m.total && *m.total > 0 && m.n <= *m.total; }

std::string joined(std::span<const std::string> notes) {
  std::string out;
  for (const std::string& note : notes) out.append(out.empty() ? "" : ", ").append(note);
  return out;
}

std::string with_colon(std::string_view prefix) {
  const bool complete = prefix.empty() || prefix.ends_with(": ");
  return std::string(prefix) + (complete ? "" : ": ");
}

}  // namespace

std::string bar(double fraction, std::size_t cells, bool ascii) {
  const auto glyphs = ascii ? std::span<const std::string_view>(kDigits) : kBlocks;
  const std::size_t steps = glyphs.size() - 1;
  const double filled = fraction > 0 ? std::min(fraction, 1.0) : 0;  // 0 for NaN, too
  // In this order, which decides about the last bit.
  const auto units =
      static_cast<std::size_t>(filled * static_cast<double>(cells) * static_cast<double>(steps));
  const std::size_t full = units / steps;
  std::string out = repeat(glyphs.back(), full);
  if (full < cells) out.append(glyphs[units % steps]).append(cells - full - 1, ' ');
  return out;
}

std::string format_meter(const Meter& m) {
  const Parts p(m);
  if (!has_bar(m)) {
    const std::string line = with_colon(m.prefix) + p.n + std::string(m.unit) + " [" + p.elapsed +
                             ", " + p.rate_text + p.postfix + "]";
    return m.width.value_or(0) ? cut_to_width(line, *m.width) : line;
  }

  const double fraction = static_cast<double>(m.n) / static_cast<double>(*m.total);
  const std::string left = with_colon(m.prefix) + fixed(fraction * 100, 0, 3) + "%";
  const std::string remaining =
      p.rate == 0 ? "?" : format_interval(static_cast<double>(*m.total - m.n) / p.rate + m.due_s);
  const std::string right = " " + p.n + "/" + Parts::count(*m.total, m) + " [" + p.elapsed + "<" +
                            remaining + ", " + p.rate_text + p.postfix + "]";
  if (m.width == 0u) return left + right;

  std::size_t cells = kDefaultCells;
  if (m.width) {
    const std::size_t rest = display_width(left) + display_width(right) + 2;
    cells = *m.width > rest ? *m.width - rest : 1;
  }
  const std::string line = left + "|" + bar(fraction, cells, m.ascii) + "|" + right;
  return m.width ? cut_to_width(line, *m.width) : line;
}

std::string format_line(Meter meter, std::span<const std::string> notes, const Room& room) {
  // The least that the line needs: all but the bar, and "|_|" if it has one.
  const std::size_t least_bar = room.bar && has_bar(meter) ? 3 : 0;
  std::string postfix = joined(notes);
  const auto fits = [&] {
    meter.width = 0;
    meter.postfix = postfix;
    return display_width(format_meter(meter)) + least_bar <= *room.cells;
  };
  while (room.cells && !notes.empty() && !fits()) {
    notes = notes.first(notes.size() - 1);
    postfix = joined(notes);
  }
  meter.postfix = postfix;
  meter.width = room.bar ? room.cells : std::size_t{0};
  const std::string line = format_meter(meter);
  return room.cells ? cut_to_width(line, *room.cells) : line;
}

}  // namespace trainbus::progress
