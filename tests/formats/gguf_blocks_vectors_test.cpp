// The types of GGUF tensors against the numbers that the gguf package makes of the same bytes.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "file_bytes.hpp"
#include "formats/gguf/gguf.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "gguf_builder.hpp"
#include "support/vector_json.hpp"

namespace trainbus {
namespace {

std::optional<GgmlType> type_named(std::string_view name) {
  for (std::uint32_t number = 0; number < 64; ++number)
    if (ggml_type_name(static_cast<GgmlType>(number)) == name) return static_cast<GgmlType>(number);
  return std::nullopt;
}

// A file with one tensor of these bytes.
std::string file_of(GgmlType type, const std::vector<std::int64_t>& shape, std::string_view bytes) {
  testing::GgufBuilder builder;
  builder.tensor("t", type,
                 {static_cast<std::uint64_t>(shape[1]), static_cast<std::uint64_t>(shape[0])}, 0);
  return builder.bytes(3) + std::string(bytes);
}

// Equal within 1e-6 of the largest number of the row.
void check_rows(const std::string& name, const std::vector<float>& found, const std::byte* expected,
                std::size_t row_length) {
  for (std::size_t row = 0; row < found.size(); row += row_length) {
    double largest = 0, distance = 0;
    for (std::size_t i = row; i < row + row_length; ++i) {
      float value;
      std::memcpy(&value, expected + i * sizeof value, sizeof value);
      largest = std::max(largest, std::abs(static_cast<double>(value)));
      distance = std::max(distance, std::abs(static_cast<double>(found[i]) - value));
    }
    BOOST_TEST(distance <= 1e-6 * largest, name << ", row " << row / row_length);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_of_every_type_that_is_read_decode_to_the_reference) {
  const auto document = testing::vector_json("gguf.json");
  if (document.is_null() || !testing::has_vectors("gguf/blocks.safetensors")) return;
  const auto* blocks = testing::field_of(document, "blocks", "gguf.json");
  if (blocks == nullptr) return;
  const SafetensorsFile vectors(testing::vectors() / "gguf/blocks.safetensors");
  const testing::ScratchFolder folder;
  for (const auto& [key, unused] : blocks->as_object()) {
    const std::string name(key);
    const TensorInfo &stored = vectors.at(name + ".bytes"), &numbers = vectors.at(name + ".floats");
    const std::optional<GgmlType> type = type_named(name);
    if (!type) {
      testing::skip("gguf blocks/" + name, "a type without a name here");
      continue;
    }
    const auto bytes = vectors.data(stored);
    const std::filesystem::path path = folder / (name + ".gguf");
    testing::write_bytes(
        path,
        file_of(*type, numbers.shape, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    std::optional<GgufFile> file;
    try {
      file.emplace(path);
    } catch (const UsageError& error) {
      BOOST_TEST(readable_ggml_types().find(name) == std::string::npos, error.what());
      testing::skip("gguf blocks/" + name, testing::without_folder(error.what(), folder.path()));
      continue;
    }
    const GgufTensor& tensor = file->at("t");
    std::vector<float> found(static_cast<std::size_t>(tensor.rows() * tensor.row_length()));
    file->dequantize(tensor, found.data(), 0, tensor.rows());
    check_rows(name, found, vectors.data(numbers).data(),
               static_cast<std::size_t>(tensor.row_length()));
  }
}

}  // namespace trainbus
