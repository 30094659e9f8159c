// The journal's reader on any bytes: it refuses them with a RunError, or reads exactly what they
// contain.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/reader.hpp"
#include "support/faulty_file_system.hpp"

using namespace trainbus;

namespace {

// All that was read, written again: the very same bytes, unless a later version wrote them.
std::string written_again(const journal::Contents& contents) {
  std::string bytes, frame;
  journal::encode(contents.header, bytes);
  for (const journal::Record& record : contents.records) {
    std::visit([&](const auto& held) { journal::encode(held, frame); }, record);
    bytes += frame;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  testing::FaultyFileSystem disk;
  disk.files().replace("/run/journal", bytes);
  try {
    const journal::Contents contents = journal::read(disk.files(), "/run/journal");
    if (contents.header.minor == journal::minor_version &&
        written_again(contents) != bytes.substr(0, contents.good_bytes))
      std::abort();
  } catch (const RunError&) {
  }
  return 0;
}
