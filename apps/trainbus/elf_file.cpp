#include "elf_file.hpp"

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/sha256.hpp"

namespace trainbus::cli {
namespace {

constexpr const char* give_a_plugin = "Give the file of a trainbus plugin.";

std::string contents(const std::filesystem::path& file) {
  std::error_code missing;
  const std::filesystem::file_status status = std::filesystem::status(file, missing);
  if (!std::filesystem::exists(status))
    throw PluginError("there is no such file", file.string(), "Check the path.");
  if (!std::filesystem::is_regular_file(status))
    throw PluginError("is not a file", file.string(), give_a_plugin);
  return file_system().read_all(file);
}

}  // namespace

ElfFile::ElfFile(const std::filesystem::path& file) : file_(file.string()), bytes_(contents(file)) {
  if (bytes_.empty()) refuse("is empty, expected a shared object", give_a_plugin);
  if (bytes_.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0)
    refuse("is not a shared object (ELF)", give_a_plugin);
  const auto header = at<Elf64_Ehdr>(0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64)
    refuse("was built for a machine of 32 bit", "Build it on this one.");
  if (header.e_type != ET_DYN)
    refuse("is an object file or a program, expected a shared object", "Link it with -shared.");
  for (unsigned i = 0; i < header.e_phnum; ++i)
    segments_.push_back(at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr)));
  std::vector<Elf64_Shdr> sections;
  for (unsigned i = 0; i < header.e_shnum; ++i)
    sections.push_back(at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)));
  const auto linked = [&](const Elf64_Shdr& section) -> const Elf64_Shdr& {
    if (section.sh_link >= sections.size()) refuse_torn();
    return sections[section.sh_link];
  };
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type == SHT_DYNSYM) read_symbols(section, linked(section));
    if (section.sh_type == SHT_DYNAMIC) read_dynamic(section, linked(section));
  }
  for (const Elf64_Shdr& section : sections)  // they refer to the symbols
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

std::string ElfFile::string_at(std::uint64_t offset) const {
  check_within(offset, 1);
  const std::size_t end = bytes_.find('\0', offset);
  if (end == bytes_.npos) refuse_torn();
  return bytes_.substr(offset, end - offset);
}

std::uint64_t ElfFile::offset_of(std::uint64_t address) const {
  for (const Elf64_Phdr& segment : segments_)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  refuse_torn();
}

void ElfFile::read_symbols(const Elf64_Shdr& table, const Elf64_Shdr& names) {
  check_within(table.sh_offset, table.sh_size);
  for (std::uint64_t position = 0; position + sizeof(Elf64_Sym) <= table.sh_size;
       position += sizeof(Elf64_Sym)) {
    const auto symbol = at<Elf64_Sym>(table.sh_offset + position);
    symbols_.push_back(symbol);
    const unsigned binding = ELF64_ST_BIND(symbol.st_info);
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
        (visibility == STV_DEFAULT || visibility == STV_PROTECTED))
      exported_.push_back({string_at(names.sh_offset + symbol.st_name), symbol.st_value});
  }
}

void ElfFile::read_dynamic(const Elf64_Shdr& table, const Elf64_Shdr& names) {
  check_within(table.sh_offset, table.sh_size);
  for (std::uint64_t position = 0; position + sizeof(Elf64_Dyn) <= table.sh_size;
       position += sizeof(Elf64_Dyn)) {
    const auto entry = at<Elf64_Dyn>(table.sh_offset + position);
    if (entry.d_tag == DT_NEEDED)
      needed_.push_back(string_at(names.sh_offset + entry.d_un.d_val));
    else if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
      run_path_ = string_at(names.sh_offset + entry.d_un.d_val);
    else if (entry.d_tag == DT_FLAGS_1)
      stays_loaded_ = (entry.d_un.d_val & DF_1_NODELETE) != 0;
  }
}

void ElfFile::read_relocations(const Elf64_Shdr& table) {
  check_within(table.sh_offset, table.sh_size);
  for (std::uint64_t position = 0; position + sizeof(Elf64_Rela) <= table.sh_size;
       position += sizeof(Elf64_Rela)) {
    const auto entry = at<Elf64_Rela>(table.sh_offset + position);
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

const ElfFile::Symbol* ElfFile::exported(const std::string& prefix) const {
  for (const Symbol& symbol : exported_)
    if (symbol.name.starts_with(prefix)) return &symbol;
  return nullptr;
}

std::uint64_t ElfFile::pointer(std::uint64_t address) const {
  const auto found = pointers_.find(address);
  return found == pointers_.end() ? value<std::uint64_t>(address) : found->second;
}

std::string ElfFile::text(std::uint64_t address) const {
  return address == 0 ? std::string() : string_at(offset_of(address));
}

}  // namespace trainbus::cli
