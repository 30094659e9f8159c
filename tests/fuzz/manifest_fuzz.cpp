// libFuzzer: a checkpoint's MANIFEST. A manifest that is read is written back byte for byte. Most
// inputs fail at the checksum, so each is also tried with the right one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/checkpoint/manifest.hpp"
#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace {

void read(std::string_view text) try {
  if (trainbus::format_manifest(trainbus::parse_manifest(text)) != text) std::abort();
} catch (const trainbus::RunError&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  read(text);
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += "crc32c " + trainbus::crc32c_text(trainbus::crc32c(0, text)) + "\n";
  read(text);
  return 0;
}
