#include "core/host/elf_file.hpp"

#include <utility>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/sha256.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t this_machine = EM_RISCV;
#else
#error "Name this machine's ELF number here."
#endif

constexpr const char* give_a_plugin = "Give the file of a trainbus plugin.";

std::string contents(const fs::path& file) try {
  std::error_code missing;
  const fs::file_status status = fs::status(file, missing);
  if (!fs::exists(status))
    throw PluginError("there is no such file", file.string(), "Check the path.");
  if (!fs::is_regular_file(status))
    throw PluginError("is not a file", file.string(), give_a_plugin);
  return file_system().read_all(file);
} catch (const RunError& e) {
  throw PluginError(e.what(), "", give_a_plugin);
}

}  // namespace

ElfFile::ElfFile(const fs::path& file) : ElfFile(contents(file), file.string()) {}

ElfFile::ElfFile(std::string bytes, std::string name)
    : file_(std::move(name)), bytes_(std::move(bytes)) {
  const Elf64_Ehdr header = read_header();
  segments_ = table<Elf64_Phdr>(header.e_phoff, header.e_phnum);
  sections_ = table<Elf64_Shdr>(header.e_shoff, header.e_shnum);
  check_segments();
  check_sections();
  if (const Elf64_Shdr* symbols = section(SHT_DYNSYM)) read_symbols(*symbols);
  if (const Elf64_Shdr* dynamic = section(SHT_DYNAMIC)) read_dynamic(*dynamic);
  for (const Elf64_Shdr& section : sections_)  // they refer to the symbols
    if (section.sh_type == SHT_RELA) read_relocations(section);
}

void ElfFile::refuse(const std::string& found, const std::string& remedy) const {
  throw PluginError(found, file_, remedy);
}

void ElfFile::refuse_torn() const {
  refuse("is damaged or cut short: its tables point beyond its " + std::to_string(bytes_.size()) +
             " bytes",
         "Build or copy it again.");
}

void ElfFile::check_within(std::uint64_t offset, std::uint64_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) refuse_torn();
}

Elf64_Ehdr ElfFile::read_header() const {
  if (bytes_.empty()) refuse("is empty, expected a shared object", give_a_plugin);
  if (bytes_.size() < sizeof(Elf64_Ehdr) || !bytes_.starts_with(ELFMAG))
    refuse("is not a shared object (ELF)", give_a_plugin);
  const Elf64_Ehdr header = table<Elf64_Ehdr>(0, 1).front();
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != this_machine)
    refuse("was built for another machine (ELF machine " + std::to_string(header.e_machine) +
               ", expected " + std::to_string(this_machine) + ", 64 bit)",
           "Build it on this one.");
  if (header.e_type != ET_DYN)
    refuse("is an object file or a program, expected a shared object", "Link it with -shared.");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_shentsize != sizeof(Elf64_Shdr) ||
      header.e_phnum == 0 || header.e_shstrndx >= header.e_shnum)
    refuse_torn();
  return header;
}

template <class T>
std::vector<T> ElfFile::table(std::uint64_t offset, std::uint64_t count) const {
  if (count > bytes_.size() / sizeof(T)) refuse_torn();
  check_within(offset, count * sizeof(T));
  std::vector<T> entries(count);
  if (count > 0) std::memcpy(entries.data(), bytes_.data() + offset, count * sizeof(T));
  return entries;
}

template <class T>
std::vector<T> ElfFile::table(const Elf64_Shdr& section) const {
  return table<T>(section.sh_offset, section.sh_size / sizeof(T));
}

// The zero-terminated text that begins at an offset within a section of names.
std::string_view ElfFile::name_at(const Elf64_Shdr& names, std::uint64_t offset) const {
  check_within(names.sh_offset, names.sh_size);
  const std::string_view all = std::string_view(bytes_).substr(names.sh_offset, names.sh_size);
  const std::size_t end = offset < all.size() ? all.find('\0', offset) : all.npos;
  if (end == all.npos) refuse_torn();
  return all.substr(offset, end - offset);
}

std::uint64_t ElfFile::offset_of(std::uint64_t address) const {
  for (const Elf64_Phdr& segment : segments_)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  refuse_torn();
}

void ElfFile::check_segments() const {
  for (const Elf64_Phdr& segment : segments_) check_within(segment.p_offset, segment.p_filesz);
}

// Sections do not overlap, so that the relocations, which may be in several, have room in the file.
// (Else a small file could list the same bytes sixty thousand times.)
void ElfFile::check_sections() const {
  std::uint64_t relocations = 0;
  for (const Elf64_Shdr& section : sections_) {
    if (section.sh_type == SHT_NOBITS) continue;
    check_within(section.sh_offset, section.sh_size);
    if (section.sh_type == SHT_RELA) relocations += section.sh_size;
    check_within(0, relocations);
  }
}

// A file has at most one of the types that are asked for.
const Elf64_Shdr* ElfFile::section(std::uint32_t type) const {
  for (const Elf64_Shdr& section : sections_)
    if (section.sh_type == type) return &section;
  return nullptr;
}

const Elf64_Shdr& ElfFile::names_of(const Elf64_Shdr& section) const {
  if (section.sh_link >= sections_.size()) refuse_torn();
  return sections_[section.sh_link];
}

void ElfFile::read_symbols(const Elf64_Shdr& section) {
  symbols_ = table<Elf64_Sym>(section);
  for (const Elf64_Sym& symbol : symbols_) {
    const unsigned binding = ELF64_ST_BIND(symbol.st_info);
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
        (visibility == STV_DEFAULT || visibility == STV_PROTECTED))
      exported_.push_back({name_at(names_of(section), symbol.st_name), symbol.st_value});
  }
}

void ElfFile::read_dynamic(const Elf64_Shdr& section) {
  for (const Elf64_Dyn& entry : table<Elf64_Dyn>(section)) {
    if (entry.d_tag == DT_NEEDED)
      needed_.push_back(name_at(names_of(section), entry.d_un.d_val));
    else if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
      run_path_ = name_at(names_of(section), entry.d_un.d_val);
    else if (entry.d_tag == DT_FLAGS_1)
      stays_loaded_ = (entry.d_un.d_val & DF_1_NODELETE) != 0;
  }
}

void ElfFile::read_relocations(const Elf64_Shdr& section) {
  for (const Elf64_Rela& entry : table<Elf64_Rela>(section)) {
    const std::uint64_t number = ELF64_R_SYM(entry.r_info);
    if (number > 0 && number >= symbols_.size()) refuse_torn();
    const bool elsewhere = number > 0 && symbols_[number].st_shndx == SHN_UNDEF;
    const std::uint64_t base = number > 0 ? symbols_[number].st_value : 0;
    pointers_[entry.r_offset] = elsewhere ? 0 : base + static_cast<std::uint64_t>(entry.r_addend);
  }
}

std::string ElfFile::sha256() const {
  Sha256 hash;
  hash.update(bytes_);
  return hash.finish();
}

const ElfFile::Symbol* ElfFile::exported(std::string_view prefix) const {
  for (const Symbol& symbol : exported_)
    if (symbol.name.starts_with(prefix)) return &symbol;
  return nullptr;
}

std::uint64_t ElfFile::pointer(std::uint64_t address) const {
  const auto found = pointers_.find(address);
  return found == pointers_.end() ? value<std::uint64_t>(address) : found->second;
}

std::string ElfFile::text(std::uint64_t address) const {
  if (address == 0) return {};
  const std::uint64_t begin = offset_of(address);
  const std::size_t end = bytes_.find('\0', begin);
  if (end == bytes_.npos) refuse_torn();
  return bytes_.substr(begin, end - begin);
}

}  // namespace trainbus
