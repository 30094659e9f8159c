// Shared objects, read without running their code, with every accessor.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/host/elf_file.hpp"
#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const ElfFile elf(std::string(fuzz::text_of(data, size)), "input.so");
    std::size_t read = elf.run_path().size();
    for (const std::string_view library : elf.needed()) read += library.size();
    for (const ElfFile::Symbol& symbol : elf.exported()) try {
        read += symbol.name.size() + elf.text(elf.pointer(symbol.address)).size();
      } catch (const PluginError&) {
      }
    if (read > size * size) __builtin_trap();
  } catch (const PluginError&) {
  }
  return 0;
}
