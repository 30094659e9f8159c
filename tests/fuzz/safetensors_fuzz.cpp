// A safetensors file: refused, or written again it reads as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/error.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/own_output.hpp"

using namespace trainbus;

namespace {

std::string written_again(const SafetensorsFile& file) {
  std::vector<TensorSource> tensors;
  for (const TensorInfo& tensor : file.tensors())
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, file.data(tensor).data()});
  std::string bytes;
  SafetensorsContent(tensors, file.metadata(), "again").write([&](std::string_view part) {
    bytes += part;
  });
  return bytes;
}

void require_equal(const SafetensorsFile& a, const SafetensorsFile& b) {
  if (a.tensors().size() != b.tensors().size() || a.metadata() != b.metadata()) std::abort();
  for (const TensorInfo& tensor : a.tensors()) {
    const TensorInfo& other = b.at(tensor.name);
    if (tensor.dtype != other.dtype || tensor.shape != other.shape) std::abort();
    if (!std::ranges::equal(a.data(tensor), b.data(other))) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile input(fuzz::text_of(data, size));
  try {
    const SafetensorsFile file(input.path());
    const fuzz::InputFile again(fuzz::own_output([&] { return written_again(file); }));
    require_equal(file, fuzz::own_output([&] { return SafetensorsFile(again.path()); }));
  } catch (const UsageError&) {
  }
  return 0;
}
