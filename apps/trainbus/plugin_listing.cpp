#include "plugin_listing.hpp"

#include <trainbus/plugin.h>

#include <cstddef>

#include "core/host/catalog.hpp"
#include "core/host/elf_file.hpp"
#include "core/io/error.hpp"

namespace trainbus::cli {
namespace {

const std::string observer_prefix = "trainbus_module_v";
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

// Both begin with their size; a struct shorter than in version 1.0 cannot be read.
void check_size(const ElfFile& elf, std::uint64_t address, std::size_t least, const char* what,
                const std::filesystem::path& file) {
  if (const auto size = elf.value<std::uint32_t>(address); size < least)
    throw PluginError(std::string(what) + " has " + std::to_string(size) + " bytes, expected " +
                          std::to_string(least) + " or more",
                      file.string(), "Rebuild it with this trainbus's header trainbus/plugin.h.");
}

std::string major_minor(std::uint32_t minor) {
  return std::to_string(TB_ABI_MAJOR) + '.' + std::to_string(minor);
}

ListedPlugin observer_at(const ElfFile& elf, std::uint64_t address,
                         const std::filesystem::path& file) {
  check_size(elf, address, offsetof(tb_observer, extension) + sizeof(void*),
             "its observer's description", file);
  const auto text = [&](std::size_t field) { return elf.text(elf.pointer(address + field)); };
  const auto needs = elf.value<std::uint32_t>(address + offsetof(tb_observer, needs_minor));
  if (needs > TB_ABI_MINOR)
    throw PluginError("needs the observer ABI " + major_minor(needs) + ", this trainbus has " +
                          major_minor(TB_ABI_MINOR),
                      file.string(), "Update trainbus, or use an older release of the plugin.");
  return {role_name(elf.value<std::uint32_t>(address + offsetof(tb_observer, role))),
          text(offsetof(tb_observer, id)), text(offsetof(tb_observer, version)),
          text(offsetof(tb_observer, summary)), file};
}

std::vector<ListedPlugin> observers_of(const ElfFile& elf, const ElfFile::Symbol& symbol,
                                       const std::filesystem::path& file) {
  const auto major = elf.value<std::uint32_t>(symbol.address + offsetof(tb_module, abi_major));
  if (symbol.name != observer_prefix + std::to_string(TB_ABI_MAJOR) || major != TB_ABI_MAJOR)
    throw PluginError(
        "was built for another major version of the observer ABI, this trainbus has "
        "version " +
            std::to_string(TB_ABI_MAJOR),
        file.string(), "Use a release of the plugin for this version.");
  check_size(elf, symbol.address, offsetof(tb_module, built_with) + sizeof(void*),
             "trainbus_module_v1", file);
  const auto count = elf.value<std::uint32_t>(symbol.address + offsetof(tb_module, observer_count));
  const std::uint64_t table = elf.pointer(symbol.address + offsetof(tb_module, observers));
  std::vector<ListedPlugin> result;
  for (std::uint32_t i = 0; i < count && table != 0; ++i)
    result.push_back(observer_at(elf, elf.pointer(table + i * sizeof(void*)), file));
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
  if (const ElfFile::Symbol* module = elf.exported(observer_prefix))
    return observers_of(elf, *module, file);
  if (const ElfFile::Symbol* engine = elf.exported(engine_prefix))
    return {engine_plugin(elf, *engine, engine_tag, file)};
  throw PluginError("is a shared object but no trainbus plugin: it does not export " +
                        observer_prefix + std::to_string(TB_ABI_MAJOR),
                    file.string(), "Declare an observer in it with TRAINBUS_OBSERVER.");
}

}  // namespace trainbus::cli
