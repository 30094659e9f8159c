// Feeds files to a fuzz target, for the normal tests, as a regression test of files that once broke
// a reader. Also checks that a reader's memory is proportional to its file, whatever the file
// claims to hold. Arguments: files, or folders of them.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/counted_memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

int fed = 0;

// "[[],[],": a value of 24 bytes for every third byte, some times over while it is built up.
void check_memory(std::size_t input_bytes) {
  const std::size_t taken = trainbus::fuzz::take_peak_bytes();
  const std::size_t allowed = (std::size_t{1} << 20) + 256 * input_bytes;
  if (taken <= allowed) return;
  std::printf("took %zu bytes of memory, allowed are %zu\n", taken, allowed);
  std::exit(1);
}

void feed(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::printf("%s\n", path.c_str());  // so that a crash names it
  std::fflush(stdout);
  trainbus::fuzz::take_peak_bytes();
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  check_memory(bytes.size());
  ++fed;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      feed(argv[i]);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[i]))
      if (entry.is_regular_file()) feed(entry.path());
  }
  std::printf("%d files\n", fed);
  return fed == 0;  // else it looked in the wrong place
}
