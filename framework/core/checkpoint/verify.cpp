#include "core/checkpoint/verify.hpp"

#include <algorithm>
#include <memory>

#include "core/checkpoint/inventory.hpp"
#include "core/checkpoint/manifest.hpp"
#include "core/checkpoint/step_folder.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
using Damage = std::optional<std::string>;

Manifest read_manifest(FileSystem& files, const fs::path& folder) {
  const fs::path path = folder / manifest_name;
  const std::unique_ptr<File> file = files.open(path, FileSystem::Mode::Read);
  if (file->length() > largest_manifest)
    throw RunError("has " + std::to_string(file->length()) + " bytes, expected at most " +
                       std::to_string(largest_manifest),
                   std::string(manifest_name), "");
  std::string text(file->length(), '\0');
  file->read(0, text);
  return parse_manifest(text);
}

// Files that are missing, or that MANIFEST does not list.
Damage wrong_names(const Manifest& manifest, std::vector<std::string> found) {
  std::erase(found, manifest_name);
  std::ranges::sort(found);
  const auto entry = [&](const std::string& name) {
    return std::ranges::binary_search(manifest.entries, name, {}, &ManifestEntry::name);
  };
  for (const ManifestEntry& expected : manifest.entries)
    if (!std::ranges::binary_search(found, expected.name)) return expected.name + " is missing";
  for (const std::string& name : found)
    if (!entry(name)) return name + " is not in MANIFEST";
  return std::nullopt;
}

Damage wrong_step(const Manifest& manifest, const fs::path& folder) {
  const std::optional<StepFolder> named = parse_step_folder(folder.filename().string());
  if (!named || named->step == manifest.step) return std::nullopt;
  return "MANIFEST is of step " + std::to_string(manifest.step) + ", the folder is named " +
         folder.filename().string();
}

Damage wrong_bytes(FileSystem& files, const fs::path& folder, const ManifestEntry& entry,
                   CheckpointDepth depth) {
  const std::unique_ptr<File> file = files.open(folder / entry.name, FileSystem::Mode::Read);
  if (file->length() != entry.bytes)
    return entry.name + " has " + std::to_string(file->length()) + " bytes, expected " +
           std::to_string(entry.bytes);
  if (depth == CheckpointDepth::Sizes) return std::nullopt;
  const std::uint32_t found = crc32c_of(*file);
  if (found == entry.crc32c) return std::nullopt;
  return entry.name + " is damaged: its CRC-32C is " + crc32c_text(found) + ", expected " +
         crc32c_text(entry.crc32c);
}

}  // namespace

Damage verify_checkpoint(FileSystem& files, const fs::path& folder, CheckpointDepth depth) try {
  if (files.type(folder) != FileSystem::Type::Folder) return "it is no folder";
  const FolderInventory inventory = take_inventory(files, folder);
  if (!std::ranges::count(inventory.files, manifest_name))
    return "it has no MANIFEST: it was not finished, or its removal has begun";
  const Manifest manifest = read_manifest(files, folder);
  Damage damage = wrong_step(manifest, folder);
  if (!damage) damage = wrong_names(manifest, inventory.files);
  for (auto entry = manifest.entries.begin(); !damage && entry != manifest.entries.end(); ++entry)
    damage = wrong_bytes(files, folder, *entry, depth);
  return damage;
} catch (const RunError& e) {
  return e.what();
}

}  // namespace trainbus
