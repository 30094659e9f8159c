#include "project_text.hpp"

#include <algorithm>
#include <cctype>

#include "core/io/error.hpp"
#include "embedded.hpp"

namespace trainbus::cli {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_word_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// The part after the vendor, as a C++ and CMake name: "loss_log".
std::string file_name(const std::string& id) {
  std::string name = id.substr(id.rfind('.') + 1);
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string class_name(const std::string& id) {
  std::string result;
  bool upper = true;
  for (const char c : file_name(id)) {
    if (c != '_') result += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return result;
}

std::string filled_in(std::string_view name, const PluginProject& project) {
  std::string text(embedded_file(name));
  const std::pair<std::string_view, std::string> values[] = {
      {"@ID@", project.id},
      {"@NAME@", file_name(project.id)},
      {"@CLASS@", class_name(project.id)},
      {"@SDK@",
       project.role == PluginRole::Reward ? "1.2" : "1"},  // the first that has all it needs
      {"@OPTION@", std::string(option_of(project.role))}};
  for (const auto& [from, to] : values)
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

std::string role_name(PluginRole role) {
  switch (role) {
    case PluginRole::Metric:
      return "metric";
    case PluginRole::Control:
      return "control";
    case PluginRole::Reward:
      return "reward";
    default:
      return "sink";
  }
}

}  // namespace

std::string_view option_of(PluginRole role) {
  return role == PluginRole::Reward ? "--objective" : "--plugin";
}

void check_plugin_id(const std::string& id) {
  const std::size_t dot = id.find('.');
  const std::string vendor = dot == id.npos ? "" : id.substr(0, dot);
  const std::string word = dot == id.npos ? id : id.substr(dot + 1);
  const auto is_word = [](const std::string& text) {
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_word_character);
  };
  if (!is_word(word) || (dot != id.npos && !is_word(vendor)))
    throw UsageError("'" + id +
                         "' is not a plugin name, expected VENDOR.NAME or NAME in lower "
                         "case, such as acme.loss-log",
                     "new-plugin", "Letters, digits, '-' and '_' are allowed, a letter first.");
  // An id without vendor is the name of a CMake target, and these names are reserved.
  for (const char* taken : {"all", "clean", "help", "install", "package", "test"})
    if (id == taken)
      throw UsageError("a plugin cannot be called '" + id + "', which CMake and make use",
                       "new-plugin", "Try acme." + id + ", with your own vendor name.");
}

std::vector<ProjectFile> project_files(const PluginProject& project) {
  const std::string name = file_name(project.id), role = role_name(project.role);
  std::vector<ProjectFile> files = {
      {"CMakeLists.txt",
       filled_in(project.vendored ? "CMakeLists_vendored.txt.in" : "CMakeLists.txt.in", project),
       "builds " + project.id + ".so and its test"},
      {name + ".cpp", filled_in(role + ".cpp.in", project), "the plugin"},
      {name + "_test.cpp", filled_in(role + "_test.cpp.in", project),
       "its test, which needs no trainbus"},
      {"README.md", filled_in("README.md.in", project), "how to build and use it"}};
  if (!project.vendored) return files;
  std::vector<std::string> headers = {"plugin.h", "plugin.hpp", "plugin_testing.hpp"};
  if (project.role == PluginRole::Reward)
    for (const char* header : {"reward.h", "reward.hpp", "reward_testing.hpp"})
      headers.emplace_back(header);
  for (const std::string& header : headers)
    files.push_back({"trainbus/" + header, std::string(embedded_file(header)), "the SDK"});
  files.push_back({"trainbus/plugin.map", std::string(embedded_file("plugin.map")),
                   "for the linker: the one symbol"});
  return files;
}

}  // namespace trainbus::cli
