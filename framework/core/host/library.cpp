#include "core/host/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bus/current_call.hpp"
#include "core/host/elf_file.hpp"
#include "core/host/module_check.hpp"
#include "core/host/process_state.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace dll = boost::dll;

// Which file a path refers to, and when its content last changed.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec written{};

  static std::optional<FileState> of(const fs::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    return FileState{found.st_dev, found.st_ino, found.st_size, found.st_mtim};
  }
  bool is_same_file(const FileState& other) const {
    return device == other.device && inode == other.inode;
  }
  bool is_same_content(const FileState& other) const {
    return size == other.size && written.tv_sec == other.written.tv_sec &&
           written.tv_nsec == other.written.tv_nsec;
  }
};

// The state of every loaded file when it was loaded.
struct LoadedFiles {
  std::mutex mutex;
  std::vector<std::pair<fs::path, FileState>> states;
};

LoadedFiles& loaded_files() {
  static LoadedFiles& files = *new LoadedFiles;
  return files;
}

constexpr std::string_view observer_prefix = "trainbus_module_v";
constexpr std::string_view reward_prefix = "trainbus_reward_v";
constexpr std::string_view engine_prefix = "trainbus_engine_";
const std::string observer_symbol = std::string(observer_prefix) + std::to_string(TB_ABI_MAJOR);
const std::string reward_symbol = std::string(reward_prefix) + std::to_string(TB_REWARD_ABI_MAJOR);

std::string with_prefix(const ElfFile& elf, std::string_view prefix) {
  const ElfFile::Symbol* found = elf.exported(prefix);
  return found ? std::string(found->name) : std::string();
}

[[noreturn]] void refuse_engine(const fs::path& file, const std::string& symbol,
                                const std::string& engine_tag) {
  throw PluginError("is an engine plugin of the build " + symbol.substr(engine_prefix.size()) +
                        ", this trainbus is the build " + engine_tag,
                    file.string(),
                    "Rebuild it against this trainbus and its LibTorch: engine plugins fit exactly "
                    "one build.");
}

[[noreturn]] void refuse_version(const fs::path& file, std::string_view version, const char* abi,
                                 unsigned ours) {
  throw PluginError("was built for version " + std::string(version) + " of the " + abi +
                        " ABI, this trainbus has version " + std::to_string(ours),
                    file.string(), "Use a release of the plugin for this version.");
}

// Neither of the symbols of this version is there, nor an engine plugin's.
[[noreturn]] void refuse_other(const fs::path& file, const ElfFile& elf) {
  if (const std::string symbol = with_prefix(elf, observer_prefix); !symbol.empty())
    refuse_version(file, symbol.substr(observer_prefix.size()), "observer", TB_ABI_MAJOR);
  if (const std::string symbol = with_prefix(elf, reward_prefix); !symbol.empty())
    refuse_version(file, symbol.substr(reward_prefix.size()), "reward", TB_REWARD_ABI_MAJOR);
  throw PluginError("is a shared object but no trainbus plugin: it does not export " +
                        observer_symbol + " or " + reward_symbol,
                    file.string(),
                    "Declare an observer in it with TRAINBUS_OBSERVER, or a reward with "
                    "TRAINBUS_REWARD.");
}

// The symbol that makes the file a plugin of ours; empty for an engine plugin that is not to be
// loaded.
std::string entry_symbol(const fs::path& file, const std::string& engine_tag) {
  const ElfFile elf(file);  // read, not loaded
  const auto exports = [&](const std::string& wanted) {
    return std::ranges::count(elf.exported(), wanted, &ElfFile::Symbol::name) > 0;
  };
  if (exports(observer_symbol) && exports(reward_symbol))
    throw PluginError("exports " + observer_symbol + " and " + reward_symbol + ", expected one",
                      file.string(), "Build one file for the observers and one for the rewards.");
  for (const std::string& wanted :
       {observer_symbol, reward_symbol, std::string(engine_prefix) + engine_tag})
    if (exports(wanted)) return wanted;
  const std::string engine = with_prefix(elf, engine_prefix);
  if (engine.empty()) refuse_other(file, elf);
  if (!engine_tag.empty()) refuse_engine(file, engine, engine_tag);
  return {};
}

// dlerror's message, extracted from Boost.DLL's: "…(dlerror system message: FILE: WORDS): …".
std::string loader_words(std::string_view what, const fs::path& file) {
  constexpr std::string_view opening = "dlerror system message: ";
  const std::size_t begin = what.find(opening), end = what.rfind("): ");
  if (begin == what.npos || end == what.npos || end < begin) return std::string(what);
  std::string_view words = what.substr(0, end).substr(begin + opening.size());
  if (const std::string name = file.string() + ": "; words.starts_with(name))
    words.remove_prefix(name.size());
  return std::string(words);
}

// rtld_now reports undefined symbols here and not in the middle of a run; rtld_local hides the
// plugin's names from other libraries. The throwing overload carries dlerror's text. Never freed:
// see load_library.
dll::shared_library& load_for_good(const fs::path& file) {
  static auto& registry = *new std::deque<dll::shared_library>;
  const CurrentCall current(file.c_str());
  const ProcessStateGuard guard("loading " + file.string());
  try {
    return registry.emplace_back(file, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& e) {
    throw PluginError("cannot be loaded: " + loader_words(e.what(), file), file.string(),
                      "Build it again, with the libraries that it needs in place.");
  }
}

Library open_library(const fs::path& file, const std::string& engine_tag) {
  Library library{.file = file};
  const std::string symbol = entry_symbol(file, engine_tag);
  if (symbol.empty()) return library;
  if (const auto state = FileState::of(file)) {
    const std::lock_guard lock(loaded_files().mutex);
    loaded_files().states.emplace_back(file, *state);
  }
  dll::shared_library& loaded = load_for_good(file);
  if (!loaded.has(symbol))
    throw PluginError("lists " + symbol + " but does not export it", file.string(),
                      "Build it again.");
  if (symbol == observer_symbol) {
    library.module = &loaded.get<const tb_module>(symbol);
    check_module(*library.module, file);
  } else if (symbol == reward_symbol) {
    library.rewards = &loaded.get<const tb_reward_module>(symbol);
    check_module(*library.rewards, file);
  } else {
    library.engine = &loaded.get<const EngineModule>(symbol);
  }
  return library;
}

}  // namespace

bool loaded_files_have_changed() {
  LoadedFiles& loaded = loaded_files();
  const std::lock_guard lock(loaded.mutex);
  return std::ranges::any_of(loaded.states, [](const auto& file) {
    const auto now = FileState::of(file.first);
    return now && now->is_same_file(file.second) && !now->is_same_content(file.second);
  });
}

Library load_library(const fs::path& file, const std::string& engine_tag) {
  static std::mutex& mutex = *new std::mutex;
  // By file and tag, since an engine plugin fits one tag only. Leaked, with all that is in it.
  static auto& loaded = *new std::map<std::pair<fs::path, std::string>, Library>;
  std::error_code missing;
  const fs::path canonical = fs::canonical(file, missing);
  if (missing) throw PluginError(missing.message(), file.string(), "Check the path.");
  if (!fs::is_regular_file(canonical))
    throw PluginError("is not a file", file.string(), "Give the file of a trainbus plugin.");

  const std::lock_guard lock(mutex);
  if (const auto known = loaded.find({canonical, engine_tag}); known != loaded.end())
    return known->second;
  const Library library = open_library(canonical, engine_tag);
  if (library.module || library.rewards || library.engine)
    loaded.emplace(std::pair(canonical, engine_tag), library);
  return library;
}

}  // namespace trainbus
