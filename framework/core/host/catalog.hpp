// The plugin catalog: finds plugin files, checks them before any of their code runs, loads them
// until the process ends, and returns the plugins that they offer.
#pragma once

#include <trainbus/plugin.h>
#include <trainbus/reward.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// What an engine plugin (an optimizer) exports, as `const EngineModule trainbus_engine_TAG` where
// TAG is the hash of the build tag: a plugin of another build lacks the symbol and is refused
// unloaded.
struct EngineModule {
  const char* kind;  // "optimizer"
  const char* id;
  const char* version;
  const char* summary;
  const tb_option* const* options;
  std::size_t option_count;
  void (*create)();  // the engine knows the real type
};

// One observer, reward or optimizer that a file offers. Lives as long as the process, like the
// file's code.
struct TRAINBUS_EXPORT Plugin {
  enum class Kind { Observer, Engine, Reward };
  Kind kind = Kind::Observer;
  std::string id;
  std::filesystem::path file;
  // Of these three, that of its kind.
  const tb_observer* observer = nullptr;
  const tb_reward* reward = nullptr;
  // Null if the catalog has no engine tag: the plugin was recognised, not loaded.
  const EngineModule* engine = nullptr;

  std::string_view version() const;
  std::string_view summary() const;
  std::string_view role() const;  // metric | control | sink | reward | optimizer
  std::vector<Option> options() const;
};

// Search order for an id: --plugin-path (repeatable), TRAINBUS_PLUGIN_PATH (colon list),
// $XDG_DATA_HOME/trainbus/plugins/1 (default ~/.local/share), EXE/../LIBDIR/trainbus/plugins/1, and
// in a build tree EXE/../plugins, and trainbus/plugins/1 beside libtrainbus_core.so. File ID.so,
// which must offer ID. An argument with a '/' is a file, which may have any name if it offers one
// plugin. If two places have the same id, the first wins, with a warning that names both. One
// thread at a time.
class TRAINBUS_EXPORT Catalog {
 public:
  // engine_tag: the build tag's hash; empty: engine plugins are recognised but not loaded.
  explicit Catalog(std::vector<std::filesystem::path> extra_path = {}, std::string engine_tag = {});
  // A catalog that has only the plugins of this installation, and refuses files.
  static Catalog own(std::string engine_tag);

  // Loads the plugin of this id or file. Throws PluginError with what was found, what was expected
  // and every path tried; a file that was found but cannot be used ends the search with its own
  // error.
  const Plugin& load(std::string_view id_or_file);
  // All plugins that can be found by id, without duplicates, sorted. Unusable files are skipped;
  // `problems` gets one sentence for each.
  std::vector<Plugin> list(std::vector<std::string>* problems = nullptr);
  const std::vector<std::filesystem::path>& search_path() const { return path_; }

 private:
  std::vector<std::filesystem::path> find(const std::string& id) const;
  [[noreturn]] void throw_not_found(const std::string& id) const;
  std::vector<std::filesystem::path> path_;
  std::string engine_tag_;
  bool own_only_ = false;
};

}  // namespace trainbus
