// BERT's vocab.txt; the text after a NUL byte is its tokenizer_config.json.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/io/error.hpp"
#include "formats/file_bytes.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/tokenizer_round_trip.hpp"
#include "support/test_paths.hpp"
#include "text/sources/vocab_txt.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::ScratchFolder folder;
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t end = text.find('\0');
  testing::write_bytes(folder / "vocab.txt", text.substr(0, end));
  std::filesystem::remove(folder / "tokenizer_config.json");
  if (end != std::string_view::npos)
    testing::write_bytes(folder / "tokenizer_config.json", text.substr(end + 1));
  try {
    fuzz::require_round_trip(load_vocab_txt(folder.path()), text.substr(0, 64));
  } catch (const UsageError&) {
  }
  return 0;
}
