#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/io/json.hpp"
#include "file_bytes.hpp"
#include "formats/safetensors.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::read_bytes;
using testing::ScratchFolder;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

BOOST_AUTO_TEST_SUITE(safetensors_vectors)

BOOST_AUTO_TEST_CASE(the_writer_reproduces_the_reference_file_byte_for_byte) {
  const boost::json::value vectors =
      parse_json(read_bytes(testing::vectors() / "sinks.json"), "sinks.json");
  const std::string expected = from_hex(vectors.at("safetensors").at("file_hex").as_string());
  const std::array<float, 4> w = {1, 2, 3, 4};
  const std::array<float, 2> b = {-1, 0.5};
  const std::int64_t step = 450;
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "model.safetensors";
  write_safetensors(path,
                    std::vector<TensorSource>{{"w", DType::F32, {2, 2}, w.data()},
                                              {"b", DType::F32, {2}, b.data()},
                                              {"step", DType::I64, {}, &step}},
                    {{"format", "pt"}});
  BOOST_TEST(read_bytes(path) == expected);
}

BOOST_AUTO_TEST_CASE(every_reference_model_is_read_and_rewritten_byte_for_byte) {
  const ScratchFolder folder;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::vectors())) {
    if (entry.path().extension() != ".safetensors") continue;
    const SafetensorsFile file(entry.path());
    std::vector<TensorSource> tensors;
    for (const TensorInfo& info : file.tensors())
      tensors.push_back({info.name, info.dtype, info.shape, file.data(info).data()});
    const std::filesystem::path copy = folder / "copy.safetensors";
    write_safetensors(copy, tensors, file.metadata());
    BOOST_TEST((read_bytes(copy) == read_bytes(entry.path())), entry.path() << " differs");
    ++files;
  }
  BOOST_TEST(files > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
