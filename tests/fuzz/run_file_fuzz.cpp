// A run file: refused, or written with every value in quotes it reads as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "core/plan/run_file.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/own_output.hpp"

using namespace trainbus;

namespace {

std::string in_quotes(std::string_view value) {
  constexpr std::string_view meanings = "\n\t\"\\", letters = "nt\"\\";
  std::string text = "\"";
  for (const char c : value)
    if (const std::size_t which = meanings.find(c); which == std::string_view::npos)
      text += c;
    else
      text += {'\\', letters[which]};
  return text + '"';
}

std::string written_again(const RunFile& file) {
  std::string text = "\n";  // no byte order mark at the front
  for (const RunFileSection& section : file.sections) {
    if (!section.name.empty()) text += "[" + section.name + "]\n";
    for (const RunFileEntry& entry : section.entries)
      text += entry.key + " = " + in_quotes(entry.value) + "\n";
  }
  return text;
}

bool same(const RunFileEntry& a, const RunFileEntry& b) {
  return a.key == b.key && a.value == b.value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const RunFile file = parse_run_file(fuzz::text_of(data, size), "run.ini");
    const RunFile again =
        fuzz::own_output([&] { return parse_run_file(written_again(file), "again.ini"); });
    if (!std::ranges::equal(file.sections, again.sections, [](const auto& a, const auto& b) {
          return a.name == b.name && std::ranges::equal(a.entries, b.entries, same);
        }))
      std::abort();
  } catch (const UsageError&) {
  }
  return 0;
}
