#include "core/io/error.hpp"

#include <trainbus/plugin/nearest.hpp>

#include <algorithm>

namespace trainbus {
namespace {

bool ends_a_sentence(const std::string& text) {
  return !text.empty() && std::string_view(".!?").find(text.back()) != std::string_view::npos;
}

std::string compose(std::string_view what, std::string_view where, std::string_view remedy) {
  std::string line(where);
  if (!where.empty() && !what.empty()) line += ": ";
  line += what;
  if (!remedy.empty()) {
    line += line.empty() ? "" : ends_a_sentence(line) ? " " : ". ";
    line += remedy;
  }
  // Makes one line of any text from a plugin or the system.
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

}  // namespace

Error::Error(std::string_view what, std::string_view where, std::string_view remedy)
    : std::runtime_error(compose(what, where, remedy)) {}
Error::~Error() = default;
UsageError::~UsageError() = default;
PluginError::~PluginError() = default;
RunError::~RunError() = default;

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::string text = suggestion(name, candidates);
  return text.empty() ? text : text.substr(1);  // without the blank before it
}

}  // namespace trainbus
