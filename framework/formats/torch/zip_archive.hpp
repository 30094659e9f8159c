// A zip archive in memory, as torch.save writes them: stored entries, with or without Zip64
// (PKWARE's APPNOTE.TXT 6.3, section 4.3). Internal to TorchFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace trainbus {

// The constructor checks the directory against the file: sizes, places, names, and that no two
// entries share a byte. Any thread may read.
class ZipArchive {
 public:
  struct Entry {
    std::uint64_t header = 0;  // where its local header begins in the file
    std::uint64_t offset = 0;  // where its data begins
    std::uint64_t bytes = 0;   // of data in the file
    std::uint16_t method = 0;  // 0: stored
    bool encrypted = false;
  };

  // file must outlive it. where: for messages. Throws UsageError.
  ZipArchive(std::span<const std::byte> file, std::string where);

  const std::map<std::string_view, Entry>& entries() const { return entries_; }
  bool has(std::string_view name) const { return entries_.contains(name); }
  // Throws UsageError if there is none, or if it is compressed or encrypted.
  const Entry& at(std::string_view name) const;
  std::span<const std::byte> data(std::string_view name) const;

 private:
  struct Directory {
    std::uint64_t offset = 0, bytes = 0, count = 0;
  };
  Directory find_directory() const;
  void read_directory(const Directory& directory);
  void find_data(std::string_view name, Entry& entry, std::uint64_t end) const;
  void check_overlaps() const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::span<const std::byte> file_;
  std::string where_;
  std::map<std::string_view, Entry> entries_;
};

}  // namespace trainbus
