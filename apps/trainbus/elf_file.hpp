// What a shared object says about itself, read from the file: none of its code runs.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace trainbus::cli {

// A 64-bit shared object. Everything throws PluginError, naming the file, if it is none or is torn.
class ElfFile {
 public:
  struct Symbol {
    std::string name;
    std::uint64_t address = 0;
  };

  explicit ElfFile(const std::filesystem::path& file);

  std::uint64_t size() const { return bytes_.size(); }
  std::string sha256() const;
  const std::vector<Symbol>& exported() const { return exported_; }
  const Symbol* exported(const std::string& prefix) const;  // the first of that prefix, or null
  const std::vector<std::string>& needed() const { return needed_; }  // libraries, by soname
  const std::string& run_path() const { return run_path_; }
  bool stays_loaded() const { return stays_loaded_; }  // linked with -z nodelete

  // Constants in its data, by the address that they would have in a process that loads it at 0.
  // Pointers are those that the loader would put there; 0: null, or into another library.
  std::uint64_t pointer(std::uint64_t address) const;
  std::string text(std::uint64_t address) const;  // zero-terminated; "" for address 0
  template <class T>
  T value(std::uint64_t address) const {
    return at<T>(offset_of(address));
  }

 private:
  [[noreturn]] void refuse(const std::string& found, const std::string& remedy) const;
  [[noreturn]] void refuse_torn() const;
  void check_within(std::uint64_t offset, std::uint64_t size) const;
  template <class T>
  T at(std::uint64_t offset) const {
    T result;
    check_within(offset, sizeof result);
    std::memcpy(&result, bytes_.data() + offset, sizeof result);
    return result;
  }
  std::string string_at(std::uint64_t offset) const;
  std::uint64_t offset_of(std::uint64_t address) const;

  void read_symbols(const Elf64_Shdr& table, const Elf64_Shdr& names);
  void read_dynamic(const Elf64_Shdr& table, const Elf64_Shdr& names);
  void read_relocations(const Elf64_Shdr& table);

  std::string file_;
  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Sym> symbols_;
  std::vector<Symbol> exported_;
  std::vector<std::string> needed_;
  std::string run_path_;
  bool stays_loaded_ = false;
  std::map<std::uint64_t, std::uint64_t> pointers_;  // what the loader puts at an address
};

}  // namespace trainbus::cli
