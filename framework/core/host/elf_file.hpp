// What a shared object says about itself, read from the file: none of its code runs. The loader
// would crash on a torn file, so that all is checked here first.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// A whole 64-bit shared object for this machine. Total: whatever the bytes are, the constructors
// and everything below answer from within the file or throw PluginError, which names it and says
// what it is instead. Names are views into the object, which is not copied.
class TRAINBUS_EXPORT ElfFile {
 public:
  struct Symbol {
    std::string_view name;
    std::uint64_t address = 0;
  };

  explicit ElfFile(const std::filesystem::path& file);
  ElfFile(std::string bytes, std::string name);  // name: for messages
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  std::uint64_t size() const { return bytes_.size(); }
  std::string sha256() const;
  const std::vector<Symbol>& exported() const { return exported_; }
  const Symbol* exported(std::string_view prefix) const;  // the first of that prefix, or null
  const std::vector<std::string_view>& needed() const { return needed_; }  // libraries, by soname
  std::string_view run_path() const { return run_path_; }
  bool stays_loaded() const { return stays_loaded_; }  // linked with -z nodelete

  // Constants in its data, by the address that they would have in a process that loads it at 0.
  // Pointers are those that the loader would put there; 0: null, or into another library.
  std::uint64_t pointer(std::uint64_t address) const;
  std::string text(std::uint64_t address) const;  // zero-terminated; "" for address 0
  template <class T>
  T value(std::uint64_t address) const {
    const std::uint64_t offset = offset_of(address);
    T result;
    check_within(offset, sizeof result);
    std::memcpy(&result, bytes_.data() + offset, sizeof result);
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& found, const std::string& remedy) const;
  [[noreturn]] void refuse_torn() const;
  void check_within(std::uint64_t offset, std::uint64_t size) const;
  Elf64_Ehdr read_header() const;
  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count) const;
  template <class T>
  std::vector<T> table(const Elf64_Shdr& section) const;
  std::string_view name_at(const Elf64_Shdr& names, std::uint64_t offset) const;
  std::uint64_t offset_of(std::uint64_t address) const;

  void check_segments() const;
  void check_sections() const;
  const Elf64_Shdr* section(std::uint32_t type) const;
  const Elf64_Shdr& names_of(const Elf64_Shdr& section) const;
  void read_symbols(const Elf64_Shdr& section);
  void read_dynamic(const Elf64_Shdr& section);
  void read_relocations(const Elf64_Shdr& section);

  std::string file_;
  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
  std::vector<Elf64_Sym> symbols_;
  std::vector<Symbol> exported_;
  std::vector<std::string_view> needed_;
  std::string_view run_path_;
  bool stays_loaded_ = false;
  std::map<std::uint64_t, std::uint64_t> pointers_;  // what the loader puts at an address
};

}  // namespace trainbus
