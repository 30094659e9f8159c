// Files and folders in memory that track what was synced and simulate a power loss.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace trainbus::testing {

// A file, or a folder if it has entries. Holds the synced content and the visible content.
struct Inode {
  using Entries = std::map<std::string, std::shared_ptr<Inode>>;

  bool folder = false;
  std::string bytes, synced_bytes;
  Entries entries, synced_entries;

  void sync() { synced_bytes = bytes, synced_entries = entries; }
};

inline std::vector<std::string> path_parts(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Null if there is none.
inline std::shared_ptr<Inode> find_inode(std::shared_ptr<Inode> from, const std::string& path) {
  for (const std::string& part : path_parts(path)) {
    const auto entry = from->entries.find(part);
    if (entry == from->entries.end()) return nullptr;
    from = entry->second;
  }
  return from;
}

inline std::size_t count_files(const Inode& node) {
  std::size_t count = node.folder ? 0 : 1;
  for (const auto& [name, child] : node.entries) count += count_files(*child);
  return count;
}

// Only synced content survives: the worst case.
inline void lose_unsynced(Inode& node) {
  node.bytes = node.synced_bytes;
  node.entries = node.synced_entries;
  for (const auto& [name, child] : node.entries) lose_unsynced(*child);
}

// Any part of what was not synced may survive, in any order: of a file's length, of its sectors
// (those that did not arrive are as before, or zero), and of the names in a folder.
class RandomLoss {
 public:
  explicit RandomLoss(std::uint64_t seed) : random_(seed) {}

  void operator()(Inode& node) {
    node.bytes = survived_bytes(node);
    node.entries = survived_entries(node);
    node.sync();
    for (const auto& [name, child] : node.entries) (*this)(*child);
  }

 private:
  static constexpr std::size_t sector = 16;  // small, so that small files have several

  bool coin() { return random_() % 2 == 0; }

  std::string survived_bytes(const Inode& node) {
    const std::uint64_t outcome = random_() % 3;
    if (outcome == 0 || node.bytes == node.synced_bytes) return node.synced_bytes;
    if (outcome == 1) return node.bytes;
    const std::size_t shorter = std::min(node.bytes.size(), node.synced_bytes.size());
    const std::size_t longer = std::max(node.bytes.size(), node.synced_bytes.size());
    std::string left(shorter + random_() % (longer - shorter + 1), '\0');
    for (std::size_t at = 0; at < left.size(); at += sector) {
      const std::string& from = coin() ? node.bytes : node.synced_bytes;
      for (std::size_t i = at; i < std::min({at + sector, left.size(), from.size()}); ++i)
        left[i] = from[i];
    }
    return left;
  }

  Inode::Entries survived_entries(const Inode& node) {
    Inode::Entries left = node.synced_entries;
    for (const auto& entry : node.entries)
      if (coin()) left.insert_or_assign(entry.first, entry.second);
    std::erase_if(left,
                  [&](const auto& entry) { return !node.entries.contains(entry.first) && coin(); });
    return left;
  }

  std::mt19937_64 random_;
};

}  // namespace trainbus::testing
