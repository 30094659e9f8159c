#include "core/host/elf_check.hpp"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t this_machine = EM_RISCV;
#else
#error "Name this machine's ELF number here."
#endif

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : file_(file_system().open(path, FileSystem::Mode::Read)) {}

  [[noreturn]] void refuse(const std::string& found, const std::string& remedy) const {
    throw PluginError(found, file_->path().string(), remedy);
  }
  [[noreturn]] void refuse_torn() const {
    refuse("is damaged or cut short: its tables point beyond its " +
               std::to_string(file_->length()) + " bytes",
           "Build or copy it again.");
  }
  void check_within(std::uint64_t offset, std::uint64_t size) const {
    if (offset > file_->length() || size > file_->length() - offset) refuse_torn();
  }
  template <class T>
  std::vector<T> table(std::uint64_t offset, std::size_t count) {
    check_within(offset, count * sizeof(T));
    std::vector<T> entries(count);
    file_->read(offset, {reinterpret_cast<char*>(entries.data()), count * sizeof(T)});
    return entries;
  }
  std::uint64_t length() const { return file_->length(); }

 private:
  std::unique_ptr<File> file_;
};

Elf64_Ehdr check_header(Reader& reader) {
  const std::string remedy = "Give the file of a trainbus plugin.";
  if (reader.length() == 0) reader.refuse("is empty, expected a shared object", remedy);
  if (reader.length() < sizeof(Elf64_Ehdr)) reader.refuse("is not a shared object", remedy);
  const Elf64_Ehdr header = reader.table<Elf64_Ehdr>(0, 1)[0];
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    reader.refuse("is not a shared object (ELF)", remedy);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != this_machine)
    reader.refuse("was built for another machine (ELF machine " + std::to_string(header.e_machine) +
                      ", expected " + std::to_string(this_machine) + ", 64 bit)",
                  "Build it on this one.");
  if (header.e_type != ET_DYN)
    reader.refuse("is an object file or a program, expected a shared object",
                  "Link it with -shared.");
  return header;
}

}  // namespace

void check_shared_object(const std::filesystem::path& file) try {
  Reader reader(file);
  const Elf64_Ehdr header = check_header(reader);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_shentsize != sizeof(Elf64_Shdr) ||
      header.e_phnum == 0 || header.e_shstrndx >= header.e_shnum)
    reader.refuse_torn();
  for (const Elf64_Phdr& segment : reader.table<Elf64_Phdr>(header.e_phoff, header.e_phnum))
    reader.check_within(segment.p_offset, segment.p_filesz);
  for (const Elf64_Shdr& section : reader.table<Elf64_Shdr>(header.e_shoff, header.e_shnum))
    if (section.sh_type != SHT_NOBITS) reader.check_within(section.sh_offset, section.sh_size);
} catch (const RunError& e) {
  throw PluginError(e.what(), "", "Give the file of a trainbus plugin.");
}

}  // namespace trainbus
