#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/io/json.hpp"
#include "file_bytes.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "support/vector_json.hpp"

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

struct DescribedTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

// "F32 [2,2] 1 2 3 4"
DescribedTensor read_description(const std::string& name, const std::string& text) {
  DescribedTensor tensor;
  tensor.name = name;
  std::istringstream words(text);
  std::string type, shape;
  words >> type >> shape;
  BOOST_TEST_REQUIRE((type == "F32" || type == "I64"), "a tensor of type " << type);
  tensor.dtype = type == "I64" ? DType::I64 : DType::F32;
  for (char& c : shape)
    if (c == '[' || c == ',' || c == ']') c = ' ';
  std::istringstream axes(shape);
  for (std::int64_t axis; axes >> axis;) tensor.shape.push_back(axis);
  for (double value; words >> value;)
    tensor.bytes += tensor.dtype == DType::I64 ? testing::bytes_of(static_cast<std::int64_t>(value))
                                               : testing::bytes_of(static_cast<float>(value));
  return tensor;
}

BOOST_AUTO_TEST_SUITE(safetensors_vectors)

BOOST_AUTO_TEST_CASE(the_writer_reproduces_the_reference_file_byte_for_byte) {
  const boost::json::value sinks = testing::vector_json("sinks.json");
  if (sinks.is_null()) return;
  const boost::json::value* file = testing::field_of(sinks, "safetensors", "sinks.json");
  if (file == nullptr) return;
  std::vector<DescribedTensor> described;
  for (const auto& [name, text] : file->at("tensors").as_object())
    described.push_back(read_description(std::string(name), std::string(text.as_string())));
  std::vector<TensorSource> tensors;
  for (const DescribedTensor& tensor : described)
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes.data()});
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : file->at("metadata").as_object())
    metadata[std::string(key)] = std::string(value.as_string());
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "model.safetensors";
  write_safetensors(path, tensors, metadata);
  BOOST_TEST(read_bytes(path) == from_hex(file->at("file_hex").as_string()));
}

BOOST_AUTO_TEST_CASE(every_reference_model_is_read_and_rewritten_byte_for_byte) {
  const ScratchFolder folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::vectors())) {
    if (entry.path().extension() != ".safetensors") continue;
    const SafetensorsFile file(entry.path());
    std::vector<TensorSource> tensors;
    for (const TensorInfo& info : file.tensors())
      tensors.push_back({info.name, info.dtype, info.shape, file.data(info).data()});
    const std::filesystem::path copy = folder / "copy.safetensors";
    write_safetensors(copy, tensors, file.metadata());
    BOOST_TEST((read_bytes(copy) == read_bytes(entry.path())), entry.path() << " differs");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
