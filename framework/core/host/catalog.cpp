#include "core/host/catalog.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/host/library.hpp"
#include "core/host/plugin_path.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

template <class Described>
std::string quoted_ids(std::span<const Described* const> offered) {
  std::string list;
  for (const Described* one : offered)
    list += (list.empty() ? "'" : ", '") + std::string(one->id) + "'";
  return list;
}

[[noreturn]] void throw_other_id(const fs::path& file, const std::string& offered,
                                 const std::string& expected) {
  throw PluginError("offers " + offered + ", expected '" + expected + "'", file.string(),
                    "Name the file after the plugin's id.");
}

Plugin choose_engine(const Library& library, const std::string& id, bool exactly) {
  const EngineModule* engine = library.engine;
  if (engine && exactly && id != engine->id)
    throw_other_id(library.file, "'" + std::string(engine->id) + "'", id);
  return {.kind = Plugin::Kind::Engine,
          .id = engine ? engine->id : id,
          .file = library.file,
          .engine = engine};
}

// The one of this id; unless `exactly`, also one of another id that is the only one.
template <class Described>
const Described& choose(std::span<const Described* const> offered, const Library& library,
                        const std::string& id, bool exactly) {
  for (const Described* one : offered)
    if (id == one->id) return *one;
  if (exactly || offered.size() != 1) throw_other_id(library.file, quoted_ids(offered), id);
  return *offered.front();
}

// The plugin that the file is named after; unless `exactly`, also the only one that it offers.
Plugin load_plugin(const fs::path& file, const std::string& engine_tag, bool exactly) {
  const Library library = load_library(file, engine_tag);
  const std::string id = file.stem().string();  // as asked for: a link's name, not its target's
  if (const tb_module* module = library.module) {
    const std::span observers(module->observers, module->observer_count);
    const tb_observer& observer = choose(observers, library, id, exactly);
    return {.id = observer.id, .file = library.file, .observer = &observer};
  }
  if (const tb_reward_module* module = library.rewards) {
    const std::span rewards(module->rewards, module->reward_count);
    const tb_reward& reward = choose(rewards, library, id, exactly);
    return {.kind = Plugin::Kind::Reward, .id = reward.id, .file = library.file, .reward = &reward};
  }
  return choose_engine(library, id, exactly);
}

// References to plugins live as long as the process: this never shrinks and is never destroyed. A
// file that was recognised without a tag and then loaded with one has two entries.
const Plugin& keep(Plugin plugin) {
  using Key = std::tuple<fs::path, std::string, const EngineModule*>;
  static auto& kept = *new std::map<Key, Plugin>;
  Key key(plugin.file, plugin.id, plugin.engine);
  return kept.emplace(std::move(key), std::move(plugin)).first->second;
}

}  // namespace

Catalog::Catalog(std::vector<fs::path> extra_path, std::string engine_tag)
    : path_(plugin_search_path(extra_path)), engine_tag_(std::move(engine_tag)) {}

Catalog Catalog::own(std::string engine_tag) {
  Catalog catalog({}, std::move(engine_tag));
  catalog.path_ = own_plugin_path();
  catalog.own_only_ = true;
  return catalog;
}

std::vector<fs::path> Catalog::find(const std::string& id) const {
  std::vector<fs::path> found;
  std::set<fs::path> seen;  // one file may be reached by two ways
  for (const fs::path& folder : path_) {
    std::error_code missing;
    const fs::path file = folder / (id + ".so");
    const fs::path canonical = fs::canonical(file, missing);
    if (!missing && seen.insert(canonical).second) found.push_back(file);
  }
  return found;
}

void Catalog::throw_not_found(const std::string& id) const {
  std::string tried;
  std::vector<std::string> known;
  for (const fs::path& folder : path_) {
    tried += (tried.empty() ? "" : ", ") + (folder / (id + ".so")).string();
    for (std::string& other : plugin_ids(folder)) known.push_back(std::move(other));
  }
  std::error_code error;
  std::string remedy = did_you_mean(id, known);
  if (own_only_)
    remedy = "With --safe only plugins that came with trainbus are found.";
  else if (fs::exists(id, error))
    remedy = "Did you mean the file './" + id + "'?";
  else if (remedy.empty())
    remedy = "Add its folder with --plugin-path, or give the file itself, with a '/' in it.";
  throw PluginError("there is no plugin '" + id + "'; tried " + tried, "", remedy);
}

const Plugin& Catalog::load(std::string_view id_or_file) {
  const std::string name(id_or_file);
  if (own_only_ && name.find('/') != name.npos)
    throw PluginError("is a file, expected a plugin that came with trainbus, as --safe asks for",
                      name, "Leave it out, or run without --safe.");
  if (name.find('/') != name.npos) return keep(load_plugin(name, engine_tag_, false));
  if (name.empty()) throw PluginError("the name of a plugin is empty", "", "Give an id or a file.");
  const std::vector<fs::path> found = find(name);
  if (found.empty()) throw_not_found(name);
  for (std::size_t i = 1; i < found.size(); ++i)
    log::warning("there are two plugins '" + name + "': using " + found[0].string() + ", not " +
                 found[i].string());
  return keep(load_plugin(found[0], engine_tag_, true));
}

std::vector<Plugin> Catalog::list(std::vector<std::string>* problems) {
  std::map<std::string, fs::path> files;  // of an id in two places, the first
  for (const fs::path& folder : path_)
    for (const std::string& id : plugin_ids(folder)) files.emplace(id, folder / (id + ".so"));
  std::vector<Plugin> plugins;
  for (const auto& [id, file] : files) try {
      plugins.push_back(load_plugin(file, engine_tag_, true));
    } catch (const PluginError& e) {
      if (problems) problems->emplace_back(e.what());
    }
  return plugins;
}

}  // namespace trainbus
