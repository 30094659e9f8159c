#include "core/io/terminal.hpp"

#include <trainbus/plugin/display_width.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/io/terminal_device.hpp"

namespace trainbus {
namespace {

constexpr std::size_t kHeldBytes = 65536;  // of lasting lines, while the terminal takes none
constexpr int kCloseMs = 1000;             // how long close() waits for a terminal that takes none
constexpr const char* kClearBelow = "\x1b[J";
constexpr const char* kClearRight = "\x1b[K";

// Characters that move the cursor become blanks; escape sequences are kept, for colours.
std::string without_controls(std::string_view line, std::string_view allowed) {
  std::string out(line);
  for (char& c : out) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control && c != '\x1b' && allowed.find(c) == allowed.npos) c = ' ';
  }
  return out;
}

}  // namespace

struct Terminal::Impl {
  explicit Impl(int fd) : device(fd) {}

  const TerminalDevice device;
  std::mutex mutex;
  std::map<unsigned, std::string> live;  // by row
  std::string lasting;                   // lines that are not on the screen yet
  bool drawn = false;                    // the cursor rests in live lines on the screen
  std::size_t cells = 0;                 // of the live line on a dumb terminal
  bool closed = false, gone = false;

  unsigned columns() const { return std::max(1u, device.size().columns - 1); }
  std::vector<std::string> rows() const;
  std::string change(const std::vector<std::string>& rows, bool leave);
  std::string dumb_change(const std::vector<std::string>& rows, bool leave);
  void show(bool leave, int wait_ms = 0);
};

// The lines of the live rows that fit the screen. A dumb terminal cannot move the cursor up: it
// gets only the last one.
std::vector<std::string> Terminal::Impl::rows() const {
  const std::size_t limit = device.dumb ? 1 : std::max(1u, device.size().rows - 1);
  std::vector<std::string> rows;
  for (const auto& [row, line] : live) rows.push_back(cut_to_width(line, columns()));
  if (rows.size() > limit) rows.erase(rows.begin(), rows.end() - static_cast<long>(limit));
  return rows;
}

// The bytes that bring the screen up to date. Live lines are overwritten rather than cleared, which
// cannot flicker. leave: the cursor goes below them, for good.
std::string Terminal::Impl::change(const std::vector<std::string>& rows, bool leave) {
  std::string out;
  if (drawn && (!lasting.empty() || rows.empty())) out.append("\r").append(kClearBelow);
  out += lasting;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool last = i + 1 == rows.size();
    out.append(i == 0 ? "\r" : "\n").append(rows[i]).append(last ? kClearBelow : kClearRight);
  }
  if (leave && !rows.empty()) {
    out += '\n';
  } else if (!rows.empty()) {
    out += '\r';
    if (rows.size() > 1) out += "\x1b[" + std::to_string(rows.size() - 1) + "A";
  }
  drawn = !rows.empty() && !leave;
  return out;
}

// The same without escape sequences, as in tqdm: blanks cover a longer line, and the cursor stays
// at the line's end.
std::string Terminal::Impl::dumb_change(const std::vector<std::string>& rows, bool leave) {
  if (leave && lasting.empty()) return std::exchange(drawn, false) ? "\n" : "";
  std::size_t covered = drawn ? std::min<std::size_t>(cells, columns()) : 0;
  std::string out;
  if (drawn && (!lasting.empty() || rows.empty()))
    out = "\r" + std::string(std::exchange(covered, 0), ' ') + "\r";
  out += lasting;
  if (!rows.empty()) {
    cells = display_width(rows.front());
    out.append("\r").append(rows.front());
    if (covered > cells) out.append(covered - cells, ' ');
  }
  if (leave && !rows.empty()) out += '\n';
  drawn = !rows.empty() && !leave;
  return out;
}

void Terminal::Impl::show(bool leave, int wait_ms) {
  if (gone) return;
  if (lasting.size() < kHeldBytes && !device.ready(wait_ms)) return;
  const bool ours = device.foreground();
  if (!ours) drawn = false;
  const std::vector<std::string> shown = ours ? rows() : std::vector<std::string>();
  const std::string out = device.dumb ? dumb_change(shown, leave) : change(shown, leave);
  lasting.clear();
  gone = !out.empty() && !device.write(out);
}

Terminal::Terminal(int fd) : impl_(std::make_unique<Impl>(fd)) {}
Terminal::~Terminal() { close(); }

bool Terminal::interactive() const { return impl_->device.tty; }
bool Terminal::unicode() const { return impl_->device.unicode; }
bool Terminal::color() const { return impl_->device.color; }
unsigned Terminal::columns() const { return impl_->device.tty ? impl_->columns() : 0; }

void Terminal::set_live(unsigned row, std::string_view line) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->device.tty || impl_->closed) return;
  if (line.empty()) {
    if (impl_->live.erase(row) == 0) return;
  } else {
    impl_->live[row] = without_controls(line, "");
  }
  impl_->show(false);
}

void Terminal::print(std::string_view line) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->gone) return;
  impl_->lasting.append(without_controls(line, "\n\t")).append("\n");
  impl_->show(impl_->closed);
}

void Terminal::close() {
  const std::lock_guard lock(impl_->mutex);
  impl_->show(true, kCloseMs);
  impl_->live.clear();
  impl_->closed = true;
}

// Never destroyed: other threads may print until the process ends.
Terminal& terminal() {
  static Terminal& instance = *[] {
    auto made = std::make_unique<Terminal>();
    std::atexit([] { terminal().close(); });
    return made.release();
  }();
  return instance;
}

}  // namespace trainbus
