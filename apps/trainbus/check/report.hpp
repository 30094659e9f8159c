// The output of `plugins check` besides the trials: the file, its declarations, its cost.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/host/catalog.hpp"
#include "core/host/elf_file.hpp"
#include "record.hpp"

namespace trainbus::cli {

void print_file(const ElfFile& elf, const std::filesystem::path& file);
// Warnings about a file that works, one sentence each.
std::vector<std::string> file_warnings(const ElfFile& elf);

void print_declaration(const Plugin& plugin, const tb_module& module);
void print_declaration(const Plugin& plugin, const tb_reward_module& module);

// Prints the costs, after the trials; only those that were measured.
void print_measurements(const Record& record, const std::string& requests);

}  // namespace trainbus::cli
