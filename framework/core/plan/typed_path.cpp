#include "core/plan/typed_path.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

// Empty if it is not known. user: empty for the one who asks.
std::string home_of(const std::string& user) {
  if (const char* home = std::getenv("HOME"); user.empty() && home && *home) return home;
  const passwd* entry = user.empty() ? ::getpwuid(::getuid()) : ::getpwnam(user.c_str());
  return entry && entry->pw_dir ? entry->pw_dir : "";
}

std::string with_home(std::string_view typed, const std::string& where) {
  if (!typed.starts_with('~')) return std::string(typed);
  const std::size_t end = std::min(typed.find('/'), typed.size());
  const std::string user(typed.substr(1, end - 1));
  const std::string home = home_of(user);
  if (home.empty())
    throw UsageError(
        "found '" + std::string(typed) + "', and " +
            (user.empty() ? "the variable HOME is not set" : "there is no user '" + user + "'"),
        where, "Write the path out; a name that begins with ~ is written ./~…");
  return home + std::string(typed.substr(end));
}

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

// The name behind a '$' at the text's begin, and how much of the text it takes; empty: none is.
struct Variable {
  std::string name;
  std::size_t size = 0;
};
Variable variable_at(std::string_view text) {
  const bool braced = text.starts_with("${");
  std::size_t end = braced ? 2 : 1;
  const std::size_t begin = end;
  while (end < text.size() && (end == begin ? begins_name(text[end]) : is_in_name(text[end])))
    ++end;
  if (end == begin || (braced && (end == text.size() || text[end] != '}'))) return {};
  return {std::string(text.substr(begin, end - begin)), end + (braced ? 1 : 0)};
}

std::string with_variables(std::string_view typed, const std::string& where) {
  std::string result;
  for (std::size_t at = 0; at < typed.size();) {
    const Variable variable = typed[at] == '$' ? variable_at(typed.substr(at)) : Variable{};
    if (variable.name.empty()) {
      result += typed[at++];
      continue;
    }
    const char* value = std::getenv(variable.name.c_str());
    if (!value)
      throw UsageError(
          "found '" + std::string(typed) + "', and the variable " + variable.name + " is not set",
          where, "Set it, or write the path out.");
    result += value;
    at += variable.size;
  }
  return result;
}

}  // namespace

std::string typed_path(std::string_view typed, const std::string& where) {
  std::string path = with_home(typed, where);
  std::error_code error;
  if (path.find('$') == std::string::npos || std::filesystem::exists(path, error)) return path;
  return with_variables(path, where);
}

}  // namespace trainbus
