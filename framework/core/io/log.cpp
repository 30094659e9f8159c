#include "core/io/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/io/file_system.hpp"
#include "core/io/terminal.hpp"

namespace trainbus::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
    case Level::Info:
      break;
  }
  return spdlog::level::info;
}

std::string& prefix() {
  static std::string text;
  return text;
}

// "warning: text"; information is plain text.
std::string labelled(spdlog::level::level_enum level, std::string_view text) {
  const auto paint = [&](const char* color, const char* word) {
    const bool colored = terminal().color();
    return std::string(colored ? color : "") + word + (colored ? "\x1b[0m " : " ");
  };
  std::string label;
  if (level == spdlog::level::warn) label = paint("\x1b[33m", "warning:");
  if (level == spdlog::level::err) label = paint("\x1b[31m", "error:");
  if (level == spdlog::level::debug) label = paint("\x1b[2m", "debug:");
  return prefix() + label.append(text);
}

// Prints above the live lines.
class TerminalSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& record) override {
    terminal().print(labelled(record.level, {record.payload.data(), record.payload.size()}));
  }
  void flush_() override {}
};

// All levels, with times, one append per record. A failure ends the log file, not the run.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink() {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e %l %v"));
  }
  void use(std::unique_ptr<File> file) {
    const std::lock_guard lock(mutex_);
    file_ = std::move(file);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& record) override {
    if (!file_) return;
    spdlog::memory_buf_t line;
    formatter_->format(record, line);
    try {
      file_->append({line.data(), line.size()});
    } catch (const std::exception& e) {
      file_.reset();
      terminal().print(labelled(spdlog::level::warn,
                                std::string("the log goes on without its file: ") + e.what()));
    }
  }
  void flush_() override {}

 private:
  std::unique_ptr<File> file_;
};

struct Sinks {
  std::shared_ptr<TerminalSink> screen = std::make_shared<TerminalSink>();
  std::shared_ptr<FileSink> file = std::make_shared<FileSink>();
  spdlog::logger logger{"trainbus", {screen, file}};

  Sinks() {
    logger.set_level(spdlog::level::debug);
    screen->set_level(spdlog::level::info);
    logger.set_error_handler([](const std::string&) {});  // there is nowhere to report it
  }
};

// Never destroyed: plugins and other threads may log until the process ends.
Sinks& sinks() {
  static Sinks& instance = *std::make_unique<Sinks>().release();
  return instance;
}

}  // namespace

void write(Level level, std::string_view message) {
  sinks().logger.log(spdlog_level(level), spdlog::string_view_t(message.data(), message.size()));
}

void set_level(Level level) { sinks().screen->set_level(spdlog_level(level)); }

void set_prefix(std::string text) { prefix() = std::move(text); }

void open_file(const std::filesystem::path& path) {
  try {
    sinks().file->use(file_system().open(path, FileSystem::Mode::Append));
  } catch (const std::exception& e) {
    warning(std::string("there will be no log file: ") + e.what());
  }
}

void close_file() { sinks().file->use(nullptr); }

}  // namespace trainbus::log
