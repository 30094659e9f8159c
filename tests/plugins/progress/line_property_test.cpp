// The bar's line against a plain reference that was written from the rules of tqdm's line alone, on
// random states.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "progress/bar.hpp"

using namespace trainbus::progress;

namespace {

constexpr int kStates = 100'000;

struct State {
  unsigned n = 0, initial = 0;
  std::optional<unsigned> total;
  double elapsed = 0, due = 0;
  std::optional<double> rate;
  std::optional<unsigned> columns;
  std::string prefix;
  std::vector<std::string> notes;
  bool ascii = false;
};

// ---- the reference ----

std::string printed(const char* format, double value) {
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string interval(double seconds) {
  const long long all = static_cast<long long>(seconds);
  char buffer[64];
  if (all >= 3600)
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  else
    std::snprintf(buffer, sizeof buffer, "%02lld:%02lld", all / 60, all % 60);
  return buffer;
}

// UTF-8 in characters.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) out.emplace_back();
    out.back() += c;
  }
  return out;
}

// Of the characters in these tests, only the Chinese ones are wide.
unsigned width(const std::string& character) {
  return character == "訓" || character == "練" ? 2 : 1;
}

unsigned width_of(const std::string& text) {
  unsigned sum = 0;
  for (const std::string& c : characters(text)) sum += width(c);
  return sum;
}

std::string first_columns(const std::string& text, unsigned columns) {
  std::string out;
  unsigned used = 0;
  for (const std::string& c : characters(text)) {
    used += width(c);
    if (used > columns) break;
    out += c;
  }
  return out;
}

std::string cells_of_bar(double fraction, unsigned cells, bool ascii) {
  const std::vector<std::string> glyphs = characters(ascii ? " 123456789#" : " ▏▎▍▌▋▊▉█");
  const unsigned steps = static_cast<unsigned>(glyphs.size()) - 1;
  const unsigned units = static_cast<unsigned>(fraction * cells * steps);
  std::string out;
  for (unsigned i = 0; i < cells; ++i)
    out += glyphs[i < units / steps ? steps : i == units / steps ? units % steps : 0];
  return out;
}

// The line with all of these notes, uncut.
std::string reference_line(const State& s, std::size_t note_count) {
  std::string prefix = s.prefix;
  if (!prefix.empty() && !(prefix.size() >= 2 && prefix.substr(prefix.size() - 2) == ": "))
    prefix += ": ";
  std::string postfix;
  for (std::size_t i = 0; i < note_count; ++i) postfix += ", " + s.notes[i];
  double rate = 0;
  if (s.rate)
    rate = *s.rate;
  else if (s.elapsed != 0)
    rate = (static_cast<double>(s.n) - s.initial) / s.elapsed;
  std::string speed = "?it/s";
  if (rate != 0) speed = 1 / rate > 1 ? printed("%5.2fs/it", 1 / rate) : printed("%5.2fit/s", rate);

  const std::string n = std::to_string(s.n);
  if (!s.total || *s.total == 0 || s.n > *s.total)
    return prefix + n + "it [" + interval(s.elapsed) + ", " + speed + postfix + "]";

  const double fraction = static_cast<double>(s.n) / *s.total;
  const std::string remaining = rate == 0 ? "?" : interval((*s.total - s.n) / rate + s.due);
  const std::string left = prefix + printed("%3.0f%%", fraction * 100);
  const std::string right = " " + n + "/" + std::to_string(*s.total) + " [" + interval(s.elapsed) +
                            "<" + remaining + ", " + speed + postfix + "]";
  if (s.columns == 0u) return left + right;
  unsigned cells = 10;
  if (s.columns) {
    const unsigned rest = width_of(left) + width_of(right) + 2;
    cells = *s.columns > rest ? *s.columns - rest : 1;
  }
  return left + "|" + cells_of_bar(fraction, cells, s.ascii) + "|" + right;
}

// Notes go one by one, the last first, until the rest fits; what then is too long is cut.
std::string reference(const State& s) {
  if (!s.columns || *s.columns == 0) return reference_line(s, s.notes.size());
  std::size_t count = s.notes.size();
  while (count > 0 && width_of(reference_line(s, count)) > *s.columns) --count;
  return first_columns(reference_line(s, count), *s.columns);
}

// ---- random states ----

class Dice {
 public:
  bool once_in(unsigned n) { return below(n) == 0; }
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(engine_); }
  double up_to(double max) { return std::uniform_real_distribution<double>(0, max)(engine_); }
  // Of all sizes alike.
  double magnitude(double low, double high) {
    return std::exp2(std::log2(low) + up_to(std::log2(high / low)));
  }

 private:
  std::mt19937 engine_{20260921};
};

State random_state(Dice& dice) {
  static const std::string prefixes[] = {"", "Training", "Eval", "訓練", "T: ", "(attempt 2)"};
  static const std::string notes[] = {"loss=2.3456",     "lr=1.00e-04",         "skipped=2",
                                      "grad_norm=1e+05", "eval/accuracy=0.912", "訓=1"};
  State s;
  if (!dice.once_in(8))
    s.total = dice.once_in(20) ? 0 : static_cast<unsigned>(dice.magnitude(1, 2e9));
  const unsigned most = s.total.value_or(1'000'000);
  s.n = dice.once_in(10) ? most : dice.below(most + 1 + most / 20);
  if (dice.once_in(4)) s.initial = dice.below(s.n + 1);
  s.elapsed = dice.once_in(20) ? 0 : dice.magnitude(0.01, 35 * 86400.0);
  if (dice.once_in(2)) s.rate = dice.once_in(10) ? 0 : dice.magnitude(1e-5, 1e6);
  if (dice.once_in(3)) s.due = dice.magnitude(0.1, 1e5);
  if (!dice.once_in(6)) s.columns = dice.below(158);
  s.prefix = prefixes[dice.below(std::size(prefixes))];
  for (unsigned i = dice.below(5); i > 0; --i)
    s.notes.push_back(notes[dice.below(std::size(notes))]);
  s.ascii = dice.once_in(2);
  return s;
}

std::string line(const State& s) {
  const Meter meter{.n = s.n,
                    .total = s.total,
                    .initial = s.initial,
                    .elapsed_s = s.elapsed,
                    .due_s = s.due,
                    .rate = s.rate,
                    .prefix = s.prefix,
                    .ascii = s.ascii};
  if (s.columns == 0u) return format_line(meter, s.notes, {.bar = false});
  return format_line(meter, s.notes, {.cells = s.columns});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bar_line)

BOOST_AUTO_TEST_CASE(random_states_are_rendered_by_the_rules) {
  Dice dice;
  int wrong = 0;
  for (int i = 0; i < kStates && wrong < 10; ++i) {
    const State state = random_state(dice);
    const std::string expected = reference(state), found = line(state);
    if (found == expected) continue;
    ++wrong;
    BOOST_ERROR("state " << i << "\n  expected " << expected << "\n  found    " << found);
  }
}

BOOST_AUTO_TEST_SUITE_END()
