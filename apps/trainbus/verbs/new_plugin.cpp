// new-plugin NAME: writes a project that builds.
#include <trainbus/plugin/option_schema.hpp>

#include <filesystem>
#include <iostream>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/typed_path.hpp"
#include "new_plugin/project_text.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<Option>& schema() {
  static const std::vector<Option> options = {
      option::path("dir", "", "folder to write to; by default, one named after the plugin"),
      option::flag("vendored", "false", "include the SDK's headers instead of finding the package"),
      option::flag("sink", "false", "a plugin that shows or records events; the default role"),
      option::flag("metric", "false", "a plugin that adds numbers to what the sinks see"),
      option::flag("control", "false", "a plugin that may ask the run to stop, save or evaluate"),
      option::flag("reward", "false", "a plugin that judges the answers that a model generates")};
  return options;
}

PluginRole role_of(const OptionValues& options) {
  PluginRole role = PluginRole::Sink;
  int given = 0;
  for (const auto& [name, named] : {std::pair("sink", PluginRole::Sink),
                                    {"metric", PluginRole::Metric},
                                    {"control", PluginRole::Control},
                                    {"reward", PluginRole::Reward}})
    if (options.flag(name)) role = named, ++given;
  if (given > 1)
    throw UsageError(
        "two roles are given, expected one of --sink, --metric, --control and --reward",
        "new-plugin", "A file can offer several plugins, each of one role.");
  return role;
}

void check_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  if (!fs::is_directory(folder, error))
    throw UsageError("is a file, expected a new folder", folder.string(),
                     "Choose another one with --dir.");
  if (!fs::is_empty(folder, error))
    throw UsageError("is not empty, and nothing is overwritten", folder.string(),
                     "Choose another folder with --dir.");
}

// The prefix of the SDK's package, if it is installed next to this launcher; else empty.
std::string sdk_prefix() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path prefix = program.parent_path().parent_path();
  return fs::exists(prefix / "share/cmake/trainbus-plugin", error) ? prefix.string() : "";
}

void print_next(const PluginProject& project, const std::string& folder) {
  const std::string prefix = sdk_prefix();
  std::cout << "\nNext:\n"
            << "  cd " << folder << '\n'
            << "  cmake -B build -DCMAKE_BUILD_TYPE=Release"
            << (project.vendored ? "" : " -DCMAKE_PREFIX_PATH=" + (prefix.empty() ? "SDK" : prefix))
            << '\n'
            << "  cmake --build build\n"
            << "  ctest --test-dir build\n"
            << "  trainbus plugins check ./build/" << project.id << ".so\n"
            << "  trainbus train RUN.ini " << option_of(project.role) << " ./build/" << project.id
            << ".so\n";
  if (!project.vendored && prefix.empty())
    std::cout << "\nSDK is where the plugin SDK was installed: in trainbus's build folder,\n"
                 "'cmake --install . --component trainbus-plugin --prefix SDK' puts it there.\n";
}

void help(const Call&) {
  print_options(std::cout, "Options", "", schema(), text_width());
  std::cout << "NAME is VENDOR.NAME, such as acme.loss-log, or a plain word, in lower case.\n";
}

int new_plugin(const Call& call) {
  if (call.arguments.empty() || call.arguments.front().starts_with("-"))
    throw UsageError("expected the name of the plugin first", "new-plugin",
                     "For example: trainbus new-plugin acme.loss-log");
  const std::string id = call.arguments.front();
  OptionValues options("", schema());
  for (const Argument& argument :
       parse_arguments(std::span(call.arguments).subspan(1), options.schema()))
    options.set(argument.name, argument.value, "command line");
  check_plugin_id(id);
  const PluginProject project{id, role_of(options), options.flag("vendored")};
  const std::string folder =
      options.text("dir").empty() ? id : typed_path(options.text("dir"), "--dir");
  check_folder(folder);

  std::vector<std::vector<std::string>> rows;
  for (const ProjectFile& file : project_files(project)) {
    const fs::path path = fs::path(folder) / file.path;
    fs::create_directories(path.parent_path());
    file_system().replace(path, file.text);
    rows.push_back({file.path, file.purpose});
  }
  std::cout << "Written to " << folder << ":\n";
  print_table(std::cout, rows, "  ");
  print_next(project, folder);
  return exit_done;
}

}  // namespace

extern const Verb new_plugin_verb;
const Verb new_plugin_verb = {
    .name = "new-plugin",
    .usage = "NAME [OPTION]…",
    .summary = "write the project of a plugin, ready to build",
    .run = new_plugin,
    .help = help,
};

}  // namespace trainbus::cli
