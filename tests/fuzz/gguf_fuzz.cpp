// A GGUF file: read or refused, with all accessors of a file that was read.
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/io/error.hpp"
#include "formats/config/config.hpp"
#include "formats/gguf/gguf.hpp"
#include "fuzz/input_file.hpp"
#include "text/sources/gguf_tokenizer.hpp"
#include "text/tokenizer.hpp"

using namespace trainbus;

namespace {

template <class Call>
void refused_or(Call call) try {
  call();
} catch (const UsageError&) {
}

void read_metadata(const GgufFile& file) {
  for (const auto& [key, value] : file.metadata()) {
    gguf_text(value);
    refused_or([&, &name = key] { file.integer(name); });
    refused_or([&, &name = key] { file.number(name); });
    const auto* array = std::get_if<GgufArray>(&value);
    if (array == nullptr) continue;
    gguf_strings(*array);
    gguf_numbers(*array);
    gguf_arrays(*array);
  }
}

// A row at a time. Of a tensor without numbers, rows could be as long or as many as can be said.
template <class Read>
void read_rows(const GgufTensor& tensor, Read read) {
  if (tensor.bytes == 0) return;
  std::vector<float> row(static_cast<std::size_t>(tensor.row_length()));
  for (std::int64_t i = 0; i < tensor.rows(); ++i) read(row.data(), i);
}

void read_data(const GgufFile& file) {
  for (const GgufTensor& tensor : file.tensors())
    read_rows(tensor, [&](float* row, std::int64_t i) { file.dequantize(tensor, row, i, i + 1); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile input(fuzz::text_of(data, size));
  refused_or([&] {
    const GgufFile file(input.path());
    read_metadata(file);
    refused_or([&] { read_data(file); });
    refused_or([&] { config_from_gguf(file); });
    refused_or([&] { Tokenizer(tokenizer_spec_from_gguf(file)).encode("Two  words, 12 Ünits\n"); });
  });
  return 0;
}
