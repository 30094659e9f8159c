// Every truncation and every changed byte of small files: each is read or refused, nothing else.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "file_bytes.hpp"
#include "formats/config/config.hpp"
#include "formats/gguf/gguf.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/torch/torch_file.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;
using Reader = std::function<void(const std::filesystem::path&)>;

// Reads all that a caller could: names, shapes and every byte of data.
void read_safetensors(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  unsigned sum = 0;
  for (const TensorInfo& tensor : file.tensors())
    for (const std::byte byte : file.data(tensor)) sum += static_cast<unsigned>(byte);
  BOOST_TEST(sum < UINT32_MAX);
}

void read_gguf(const std::filesystem::path& path) {
  const GgufFile file(path);
  for (const auto& [key, value] : file.metadata()) {
    BOOST_TEST(!gguf_text(value).empty());
    if (const auto* array = std::get_if<GgufArray>(&value)) {
      gguf_strings(*array);
      gguf_numbers(*array);
      gguf_arrays(*array);
    }
  }
  for (const GgufTensor& tensor : file.tensors()) {
    std::vector<float> row(static_cast<std::size_t>(tensor.row_length()));
    for (std::int64_t i = 0; tensor.row_length() > 0 && i < tensor.rows(); ++i)
      file.dequantize(tensor, row.data(), i, i + 1);
  }
  const auto refused = [&](const auto& call) {
    try {
      call();
    } catch (const UsageError&) {
    }
  };
  refused([&] { config_from_gguf(file); });
}

void read_torch(const std::filesystem::path& path) {
  const TorchFile file(path);
  for (const TorchTensor& tensor : file.tensors()) {
    std::vector<std::byte> bytes(tensor.bytes);
    file.copy(tensor, 0, tensor.shape.size() < 2 ? 1 : tensor.shape.front(), bytes.data());
  }
}

struct Outcome {
  std::size_t read = 0, refused = 0;
};

Outcome damage(const std::string& intact, const Reader& read) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "damaged";
  Outcome outcome;
  const auto attempt = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    try {
      read(path);
      ++outcome.read;
    } catch (const UsageError& error) {
      BOOST_TEST(std::string(error.what()).find("damaged") != std::string::npos);  // names the file
      ++outcome.refused;
    }
  };
  for (std::size_t size = 0; size < intact.size(); ++size) attempt(intact.substr(0, size));
  for (std::size_t i = 0; i < intact.size(); ++i)
    for (const unsigned mask : {0x01u, 0x02u, 0x10u, 0x20u, 0x80u, 0xffu}) {
      std::string bytes = intact;
      bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask);
      attempt(bytes);
    }
  return outcome;
}

BOOST_AUTO_TEST_SUITE(malformed)

BOOST_AUTO_TEST_CASE(no_damage_to_a_safetensors_file_does_worse_than_a_refusal) {
  const ScratchFolder folder;
  const std::vector<float> data(8, 0.5f);
  write_safetensors(folder / "f",
                    std::vector<TensorSource>{{"a", DType::F32, {2, 3}, data.data()},
                                              {"b.c", DType::I64, {}, data.data()},
                                              {"d", DType::BF16, {4}, data.data()}},
                    {{"format", "pt"}});
  const std::string intact = read_bytes(folder / "f");
  const Outcome outcome = damage(intact, read_safetensors);
  BOOST_TEST(outcome.refused >= intact.size());  // every truncation, at least
  BOOST_TEST(outcome.read > 0u);                 // changed data are no damage that the format shows
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_gguf_file_does_worse_than_a_refusal) {
  for (const char* name : {"q4_1.gguf", "q5_0.gguf", "q6_k.gguf"}) {
    const std::string intact =
        read_bytes(std::filesystem::path(TRAINBUS_TEST_DATA) / "gguf" / name);
    BOOST_REQUIRE(!intact.empty());
    const Outcome outcome = damage(intact, read_gguf);
    BOOST_TEST(outcome.refused >= intact.size() / 2);
    BOOST_TEST(outcome.read > 0u);
  }
}

BOOST_AUTO_TEST_CASE(no_damage_to_a_file_of_torch_save_does_worse_than_a_refusal) {
  for (const char* name : {"by_torch", "by_old_torch"}) {
    const std::string intact =
        read_bytes(std::filesystem::path(TRAINBUS_TEST_DATA) / "fuzz/torch" / name);
    BOOST_REQUIRE(!intact.empty());
    const Outcome outcome = damage(intact, read_torch);
    BOOST_TEST(outcome.refused >= intact.size());  // every truncation, at least
    BOOST_TEST(outcome.read > 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
