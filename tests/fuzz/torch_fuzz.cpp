// A file of torch.save: refused, or every tensor of it can be copied.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/io/error.hpp"
#include "formats/torch/torch_file.hpp"
#include "fuzz/input_file.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile input(fuzz::text_of(data, size));
  try {
    const TorchFile file(input.path());
    for (const TorchTensor& tensor : file.tensors()) {
      const std::int64_t rows = tensor.shape.size() < 2 ? 1 : tensor.shape.front();
      std::vector<std::byte> all(tensor.bytes);
      file.copy(tensor, 0, rows, all.data());
      for (std::int64_t row = 0; row < rows && tensor.bytes > 0; ++row) {
        std::vector<std::byte> one(row_bytes(tensor, row, row + 1));
        file.copy(tensor, row, row + 1, one.data());
      }
      if (file.find(tensor.name) != &tensor) __builtin_trap();
    }
  } catch (const UsageError&) {
  }
  return 0;
}
