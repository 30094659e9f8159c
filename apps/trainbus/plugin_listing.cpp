#include "plugin_listing.hpp"

#include <trainbus/plugin.h>
#include <trainbus/reward.h>

#include <cstddef>

#include "core/host/catalog.hpp"
#include "core/host/elf_file.hpp"
#include "core/io/error.hpp"

namespace trainbus::cli {
namespace {

// One of the two kinds of plugins with an ABI of their own. Their descriptions differ; what is read
// of them has the same names.
struct Observers {
  using Module = tb_module;
  using Described = tb_observer;
  static constexpr const char* prefix = "trainbus_module_v";
  static constexpr const char* kind = "observer";
  static constexpr const char* header = "trainbus/plugin.h";
  static constexpr std::uint32_t major = TB_ABI_MAJOR, minor = TB_ABI_MINOR;
  static constexpr std::size_t count = offsetof(tb_module, observer_count);
  static constexpr std::size_t table = offsetof(tb_module, observers);
};
struct Rewards {
  using Module = tb_reward_module;
  using Described = tb_reward;
  static constexpr const char* prefix = "trainbus_reward_v";
  static constexpr const char* kind = "reward";
  static constexpr const char* header = "trainbus/reward.h";
  static constexpr std::uint32_t major = TB_REWARD_ABI_MAJOR, minor = TB_REWARD_ABI_MINOR;
  static constexpr std::size_t count = offsetof(tb_reward_module, reward_count);
  static constexpr std::size_t table = offsetof(tb_reward_module, rewards);
};
const std::string engine_prefix = "trainbus_engine_";

std::string role_name(std::uint32_t role) {
  switch (role) {
    case TB_ROLE_METRIC:
      return "metric";
    case TB_ROLE_CONTROL:
      return "control";
    default:
      return "sink";
  }
}

// All begin with their size; a struct shorter than in version 1.0 cannot be read.
template <class Kind>
void check_size(const ElfFile& elf, std::uint64_t address, std::size_t least,
                const std::string& what, const std::filesystem::path& file) {
  if (const auto size = elf.value<std::uint32_t>(address); size < least)
    throw PluginError(what + " has " + std::to_string(size) + " bytes, expected " +
                          std::to_string(least) + " or more",
                      file.string(),
                      std::string("Rebuild it with this trainbus's header ") + Kind::header + ".");
}

std::string role_at(Observers, const ElfFile& elf, std::uint64_t address) {
  return role_name(elf.value<std::uint32_t>(address + offsetof(tb_observer, role)));
}
std::string role_at(Rewards, const ElfFile&, std::uint64_t) { return "reward"; }

template <class Kind>
ListedPlugin plugin_at(const ElfFile& elf, std::uint64_t address,
                       const std::filesystem::path& file) {
  using Described = typename Kind::Described;
  check_size<Kind>(elf, address, offsetof(Described, extension) + sizeof(void*),
                   std::string("its ") + Kind::kind + "'s description", file);
  const auto text = [&](std::size_t field) { return elf.text(elf.pointer(address + field)); };
  const auto version = [](std::uint32_t minor) {
    return std::to_string(Kind::major) + '.' + std::to_string(minor);
  };
  const auto needs = elf.value<std::uint32_t>(address + offsetof(Described, needs_minor));
  if (needs > Kind::minor)
    throw PluginError(std::string("needs the ") + Kind::kind + " ABI " + version(needs) +
                          ", this trainbus has " + version(Kind::minor),
                      file.string(), "Update trainbus, or use an older release of the plugin.");
  return {role_at(Kind(), elf, address), text(offsetof(Described, id)),
          text(offsetof(Described, version)), text(offsetof(Described, summary)), file};
}

template <class Kind>
std::vector<ListedPlugin> plugins_of(const ElfFile& elf, const ElfFile::Symbol& symbol,
                                     const std::filesystem::path& file) {
  using Module = typename Kind::Module;
  const std::string name = Kind::prefix + std::to_string(Kind::major);
  const auto major = elf.value<std::uint32_t>(symbol.address + offsetof(Module, abi_major));
  if (symbol.name != name || major != Kind::major)
    throw PluginError(std::string("was built for another major version of the ") + Kind::kind +
                          " ABI, this trainbus has version " + std::to_string(Kind::major),
                      file.string(), "Use a release of the plugin for this version.");
  check_size<Kind>(elf, symbol.address, offsetof(Module, built_with) + sizeof(void*), name, file);
  const auto count = elf.value<std::uint32_t>(symbol.address + Kind::count);
  const std::uint64_t table = elf.pointer(symbol.address + Kind::table);
  std::vector<ListedPlugin> result;
  for (std::uint32_t i = 0; i < count && table != 0; ++i)
    result.push_back(plugin_at<Kind>(elf, elf.pointer(table + i * sizeof(void*)), file));
  return result;
}

ListedPlugin engine_plugin(const ElfFile& elf, const ElfFile::Symbol& symbol,
                           const std::string& engine_tag, const std::filesystem::path& file) {
  const std::string tag(symbol.name.substr(engine_prefix.size()));
  if (!engine_tag.empty() && tag != engine_tag)
    throw PluginError(
        "is an engine plugin of the build " + tag + ", this trainbus is the build " + engine_tag,
        file.string(), "Rebuild it against this trainbus and its LibTorch.");
  const auto text = [&](std::size_t field) {
    return elf.text(elf.pointer(symbol.address + field));
  };
  return {text(offsetof(EngineModule, kind)), text(offsetof(EngineModule, id)),
          text(offsetof(EngineModule, version)), text(offsetof(EngineModule, summary)), file};
}

}  // namespace

std::vector<ListedPlugin> plugins_in(const std::filesystem::path& file,
                                     const std::string& engine_tag) {
  const ElfFile elf(file);
  const ElfFile::Symbol* const observers = elf.exported(Observers::prefix);
  const ElfFile::Symbol* const rewards = elf.exported(Rewards::prefix);
  if (observers && rewards)
    throw PluginError("exports observers and rewards, expected one", file.string(),
                      "Build one file for the observers and one for the rewards.");
  if (observers) return plugins_of<Observers>(elf, *observers, file);
  if (rewards) return plugins_of<Rewards>(elf, *rewards, file);
  if (const ElfFile::Symbol* engine = elf.exported(engine_prefix))
    return {engine_plugin(elf, *engine, engine_tag, file)};
  throw PluginError("is a shared object but no trainbus plugin: it does not export " +
                        (Observers::prefix + std::to_string(Observers::major)) + " or " +
                        (Rewards::prefix + std::to_string(Rewards::major)),
                    file.string(),
                    "Declare an observer in it with TRAINBUS_OBSERVER, or a reward with "
                    "TRAINBUS_REWARD.");
}

}  // namespace trainbus::cli
