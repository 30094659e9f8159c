// Internal: lists the files and folders of a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/file_system.hpp"

namespace trainbus {

struct FolderInventory {
  std::vector<std::string> files;    // relative to the folder, with '/'
  std::vector<std::string> folders;  // the same; a folder comes before its subfolders
};

// Throws RunError, also for an entry that is neither a file nor a folder.
FolderInventory take_inventory(FileSystem& files, const std::filesystem::path& folder);

// The checksum of a file, which is read in pieces.
std::uint32_t crc32c_of(File& file);

}  // namespace trainbus
