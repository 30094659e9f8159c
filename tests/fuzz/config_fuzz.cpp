// A model's config.json: refused, or unchanged when written again, if trainbus writes this family.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/own_output.hpp"
#include "models/files/config_file.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string text = format_config(parse_config(fuzz::text_of(data, size), "config.json"));
    if (fuzz::own_output([&] { return format_config(parse_config(text, "again")); }) != text)
      std::abort();
  } catch (const UsageError&) {
  }
  return 0;
}
