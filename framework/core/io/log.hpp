// The log: spdlog behind a header that needs no spdlog. Records go to the terminal, above the
// progress bar, and to the run's log.txt once it is open.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::log {

enum class Level { Debug = 0, Info = 1, Warning = 2, Error = 3 };

TRAINBUS_EXPORT void write(Level level, std::string_view message);  // any thread
TRAINBUS_EXPORT void set_level(Level level);  // for the terminal; the file gets all levels
// What each line on the terminal begins with, to tell processes apart. Call it before other threads
// log.
TRAINBUS_EXPORT void set_prefix(std::string prefix);
TRAINBUS_EXPORT void open_file(const std::filesystem::path& path);
TRAINBUS_EXPORT void close_file();

inline void debug(std::string_view m) { write(Level::Debug, m); }
inline void info(std::string_view m) { write(Level::Info, m); }
inline void warning(std::string_view m) { write(Level::Warning, m); }
inline void error(std::string_view m) { write(Level::Error, m); }

}  // namespace trainbus::log
