// What `plugins check` prints beside the trials: what the file is, what it declares, what it cost.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/host/catalog.hpp"
#include "core/host/elf_file.hpp"
#include "record.hpp"

namespace trainbus::cli {

void print_file(const ElfFile& elf, const std::filesystem::path& file);
// What is unwise about the file though it works: one sentence each.
std::vector<std::string> file_warnings(const ElfFile& elf);

void print_declaration(const Plugin& plugin, const tb_module& module);

// After the trials; nothing of what was not measured.
void print_measurements(const Record& record, const std::string& requests);

}  // namespace trainbus::cli
