#include "core/checkpoint/stock.hpp"

#include <algorithm>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

void take_stock(FileSystem& files, const fs::path& folder, const std::string& below,
                FolderContent& content) {
  for (const std::string& name : files.list(folder / below)) {
    const std::string path = below.empty() ? name : below + "/" + name;
    switch (files.type(folder / path)) {
      case FileSystem::Type::File:
        content.files.push_back(path);
        break;
      case FileSystem::Type::Folder:
        content.folders.push_back(path);
        take_stock(files, folder, path, content);
        break;
      default:
        throw RunError(path + " is neither a file nor a folder", folder.string(), "");
    }
  }
}

}  // namespace

FolderContent folder_content(FileSystem& files, const fs::path& folder) {
  FolderContent content;
  take_stock(files, folder, "", content);
  return content;
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
