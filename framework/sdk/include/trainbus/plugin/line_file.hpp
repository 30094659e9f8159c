// A text file that is appended line by line and survives a kill or a full disk.
#pragma once

#include <trainbus/plugin/event.hpp>
#include <trainbus/plugin/host.hpp>

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace trainbus {
inline namespace plugin_v1 {

// Each line is one write: it is in the file whole or not at all, and a kill loses none. Throws
// std::runtime_error with a sentence that names the file. A relative path is below the run
// directory.
class LineFile {
 public:
  // Opens or creates. Damage from a power cut is removed: a last line without its end, and
  // everything from the first line with NUL bytes on, which are data that did not reach the disk.
  // signature: how a file of this kind begins; a file that begins differently or that another run
  // wrote is refused.
  LineFile(const Host& host, std::string_view path, std::string_view signature = {})
      : path_(path), file_(host.files().append_to(path_)) {
    check_signature(signature);
    if (!signature.empty()) host.files().refuse_other_runs(path_);
    const std::uint64_t sound = first_nul(), whole = end_of_last_line(sound);
    if (whole == file_.length()) return;
    if (whole == 0 && signature.empty()) refuse("it holds no complete line");
    const bool has_holes = sound < file_.length();
    truncate(whole);
    host.warning(path_ + (has_holes ? ": cut off lines that did not come to the disk"
                                    : ": cut off an incomplete last line"));
  }

  const std::string& path() const { return path_; }
  std::uint64_t length() const { return file_.length(); }
  std::string read(std::uint64_t offset, std::size_t size) const {
    return file_.read(offset, size);
  }
  // Synced before it returns: otherwise a power cut could mix old lines with later ones.
  void truncate(std::uint64_t length) {
    file_.truncate(length);
    file_.sync();
  }

  // Appends line and a line feed.
  void write(std::string_view line) {
    buffer_.assign(line);
    buffer_ += '\n';
    file_.append(buffer_);
  }
  // Until this returns, a power cut may lose the newest lines.
  void sync() { file_.sync(); }
  // Syncs if the last sync was at least this long ago by the events' clock.
  void sync_every(double seconds, const Event& now) {
    if (static_cast<double>(now.run_ns() - synced_ns_) < seconds * 1e9) return;
    synced_ns_ = now.run_ns();
    sync();
  }

 private:
  [[noreturn]] void refuse(const std::string& found) const {
    throw std::runtime_error(path_ + " exists and was not written by this plugin: " + found +
                             ". Choose another path or remove the file");
  }
  void check_signature(std::string_view signature) const {
    const std::uint64_t length = file_.length();
    const std::string found = file_.read(0, length < signature.size() ? length : signature.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i] != signature[i] && found[i] != '\0')
        refuse("it does not begin with " + std::string(signature));
  }
  // Where it is; the length if there is none.
  std::uint64_t first_nul() const {
    constexpr std::uint64_t block = 1 << 20;
    const std::uint64_t length = file_.length();
    for (std::uint64_t begin = 0; begin < length; begin += block) {
      const std::string text = file_.read(begin, length - begin < block ? length - begin : block);
      if (const auto found = text.find('\0'); found != text.npos) return begin + found;
    }
    return length;
  }
  std::uint64_t end_of_last_line(std::uint64_t before) const {
    constexpr std::uint64_t block = 1 << 16;
    for (std::uint64_t end = before; end > 0;) {
      const std::uint64_t begin = end > block ? end - block : 0;
      const std::string text = file_.read(begin, end - begin);
      if (const auto found = text.rfind('\n'); found != text.npos) return begin + found + 1;
      end = begin;
    }
    return 0;
  }

  std::string path_;
  File file_;
  std::string buffer_;
  std::int64_t synced_ns_ = 0;
};

// A sink's behaviour while writing fails, for example on a full disk: the first failure is thrown,
// so that the host counts and logs it; later records are tried, counted and dropped; the first
// success ends the outage. finish() logs what is missing, once per run.
class Outage {
 public:
  // what: the file, for warnings, "metrics.csv"; record: the name of one record, "row".
  Outage(const Host& host, std::string_view what, std::string_view record = "record")
      : host_(host), what_(what), record_(record) {}

  // Writes the record of an event.
  template <class Write>
  void attempt(const Event& event, Write&& write) {
    step_ = event.step();
    attempt(std::forward<Write>(write));
  }
  // Writes a record without a step, or with the step of the previous record.
  template <class Write>
  void attempt(Write&& write) {
    try {
      write();
    } catch (const std::exception&) {
      if (total_++ == 0) first_step_ = step_;
      last_step_ = step_;
      if (++lost_ == 1) throw;
      return;
    }
    if (lost_ > 0 && !std::exchange(said_, true))
      host_.warning(what_ + " can be written again, from step " + std::to_string(step_) + " on");
    lost_ = 0;
  }
  // Writes the run's last record and warns if anything is missing, also if it could not be written.
  template <class Write>
  void attempt_last(const Event& event, Write&& write) {
    try {
      attempt(event, std::forward<Write>(write));
    } catch (...) {
      finish();
      throw;
    }
    finish();
  }
  // At the end of the run: warns if anything is missing.
  void finish() const {
    if (total_ == 0) return;
    std::string missing = what_ + " lacks " + std::to_string(total_) + ' ' + record_;
    missing += total_ == 1 ? " of step " : "s of steps ";
    missing += std::to_string(first_step_);
    if (total_ > 1) missing += " to " + std::to_string(last_step_);
    host_.warning(missing + ", which could not be written");
  }
  // Records lost in the current outage (0: none) and in all outages.
  std::uint64_t lost() const { return lost_; }
  std::uint64_t total() const { return total_; }

 private:
  Host host_;
  std::string what_, record_;
  std::uint64_t lost_ = 0, total_ = 0;
  std::uint64_t step_ = 0, first_step_ = 0, last_step_ = 0;
  bool said_ = false;
};

}  // namespace plugin_v1
}  // namespace trainbus
