// model.safetensors.index.json next to two shards, "a" with the tensors x and y, "b" with z:
// refused, or all its entries exist.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/error.hpp"
#include "formats/file_bytes.hpp"
#include "formats/tensor_set.hpp"
#include "fuzz/input_file.hpp"
#include "support/test_paths.hpp"

using namespace trainbus;

namespace {

struct Checkpoint : testing::ScratchFolder {
  Checkpoint() {
    const float numbers[2] = {1, 2};
    write_safetensors(*this / "a", std::vector<TensorSource>{{"x", DType::F32, {2}, numbers},
                                                             {"y", DType::F32, {}, numbers}});
    write_safetensors(*this / "b", std::vector<TensorSource>{{"z", DType::F32, {1}, numbers}});
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Checkpoint checkpoint;
  testing::write_bytes(checkpoint / "model.safetensors.index.json", fuzz::text_of(data, size));
  try {
    const SafetensorsSet set(checkpoint.path());
    for (const std::string& name : set.names()) {
      const SafetensorsSet::Tensor tensor = set.at(name);
      if (tensor.file->data(*tensor.info).empty()) std::abort();
    }
  } catch (const UsageError&) {
  }
  return 0;
}
