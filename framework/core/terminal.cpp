#include "core/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <trainbus/plugin/display_width.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace trainbus {
namespace {

// What a terminal is taken to measure when it does not say, as a pseudo-terminal that nobody sized.
constexpr unsigned kUsualColumns = 80, kUsualRows = 24;
constexpr int kStuckMs = 1000;  // how long a non-blocking descriptor may stay full

struct ScreenSize {
  unsigned columns, rows;
};

ScreenSize screen_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
  return {size.ws_col ? size.ws_col : kUsualColumns, size.ws_row ? size.ws_row : kUsualRows};
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// POSIX: the first of these that is set and not empty names the encoding.
bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(environment(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

// A live line occupies exactly one row: what would move the cursor becomes a blank.
std::string one_row(std::string_view line) {
  std::string out(line);
  for (char& c : out)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\x1b') || c == 0x7f) c = ' ';
  return out;
}

// One write(2) unless the system takes less. False: the terminal is gone.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, kStuckMs) == 0) return true;  // it does not drain: drop this change
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct Terminal::Impl {
  explicit Impl(int descriptor)
      : fd(descriptor),
        tty(::isatty(descriptor) == 1),
        dumb(environment("TERM") == "dumb"),
        color(tty && !dumb && environment("NO_COLOR").empty()),
        unicode(utf8_locale()) {}

  const int fd;
  const bool tty, dumb, color, unicode;

  std::mutex mutex;
  std::map<unsigned, std::string> live;  // by row
  std::vector<std::size_t> shown;        // display widths of the rows on the screen, top to bottom
  bool closed = false, gone = false;

  unsigned columns() const { return std::max(1u, screen_size(fd).columns - 1); }
  std::vector<std::string> rows_to_show() const;
  std::string erase() const;
  void draw(std::string_view lasting, bool has_lasting);
  void write(std::string_view bytes) { gone = gone || !write_all(fd, bytes); }
};

// The lines of the live rows, cut to the screen. A dumb terminal cannot move up: it gets the last
// one.
std::vector<std::string> Terminal::Impl::rows_to_show() const {
  const std::size_t limit = dumb ? 1 : std::max(1u, screen_size(fd).rows - 1);
  std::vector<std::string> rows;
  for (const auto& [row, line] : live) rows.push_back(cut_to_width(line, columns()));
  if (rows.size() > limit) rows.erase(rows.begin(), rows.end() - static_cast<long>(limit));
  return rows;
}

// Bytes that blank the live rows and leave the cursor where the first one began. If the screen
// became narrower, the terminal has wrapped them: count the rows that they fill now.
std::string Terminal::Impl::erase() const {
  if (shown.empty()) return "";
  if (dumb) return "\r" + std::string(shown.back(), ' ') + "\r";
  const std::size_t width = screen_size(fd).columns;
  std::size_t up = 0;
  for (const std::size_t cells : shown) up += std::max<std::size_t>(1, (cells + width - 1) / width);
  return "\r" + (up > 1 ? "\x1b[" + std::to_string(up - 1) + "A" : "") + "\x1b[J";
}

void Terminal::Impl::draw(std::string_view lasting, bool has_lasting) {
  const std::vector<std::string> rows = rows_to_show();
  std::string out;
  // A single row that stays a single row is overwritten, which cannot flicker.
  const bool in_place = !has_lasting && rows.size() == 1 && shown.size() <= 1 &&
                        (shown.empty() || shown[0] < screen_size(fd).columns);
  if (!in_place) out = erase();
  if (has_lasting) out.append(lasting).append("\n");
  const std::size_t before = in_place && !shown.empty() ? shown[0] : 0;
  shown.clear();
  for (const std::string& row : rows) {
    const std::size_t cells = display_width(row);
    out.append(shown.empty() ? "\r" : "\n").append(row);
    if (!dumb)
      out.append("\x1b[K");
    else if (before > cells)
      out.append(before - cells, ' ');
    shown.push_back(cells);
  }
  if (!out.empty()) write(out);
}

Terminal::Terminal(int fd) : impl_(std::make_unique<Impl>(fd)) {}
Terminal::~Terminal() { close(); }

bool Terminal::interactive() const { return impl_->tty; }
bool Terminal::unicode() const { return impl_->unicode; }
bool Terminal::color() const { return impl_->color; }
unsigned Terminal::columns() const { return impl_->tty ? impl_->columns() : 0; }

void Terminal::set_live(unsigned row, std::string_view line) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->tty || impl_->closed || impl_->gone) return;
  if (line.empty()) {
    if (impl_->live.erase(row) == 0) return;
  } else {
    impl_->live[row] = one_row(line);
  }
  impl_->draw({}, false);
}

void Terminal::print(std::string_view line) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->gone) impl_->draw(line, true);
}

void Terminal::close() {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->shown.empty() && !impl_->gone) impl_->write("\n");
  impl_->live.clear();
  impl_->shown.clear();
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
