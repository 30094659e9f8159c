#include "core/checkpoint/inventory.hpp"

#include <algorithm>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

void add_to_inventory(FileSystem& files, const fs::path& folder, const std::string& below,
                      FolderInventory& inventory) {
  for (const std::string& name : files.list(folder / below)) {
    const std::string path = below.empty() ? name : below + "/" + name;
    switch (files.type(folder / path)) {
      case FileSystem::Type::File:
        inventory.files.push_back(path);
        break;
      case FileSystem::Type::Folder:
        inventory.folders.push_back(path);
        add_to_inventory(files, folder, path, inventory);
        break;
      default:
        throw RunError(path + " is neither a file nor a folder", folder.string(), "");
    }
  }
}

}  // namespace

FolderInventory take_inventory(FileSystem& files, const fs::path& folder) {
  FolderInventory inventory;
  add_to_inventory(files, folder, "", inventory);
  return inventory;
}

std::uint32_t crc32c_of(File& file) {
  const std::uint64_t length = file.length();
  std::vector<char> piece(std::min<std::uint64_t>(length, 1 << 20));
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < length; at += piece.size()) {
    const std::size_t n = std::min<std::uint64_t>(piece.size(), length - at);
    file.read(at, {piece.data(), n});
    crc = crc32c(crc, {piece.data(), n});
  }
  return crc;
}

}  // namespace trainbus
