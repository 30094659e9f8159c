// Files of torch.save: every tensor as PyTorch reads it, and refusals by name of what is not read.
#include "formats/torch/torch_file.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "file_bytes.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/tensor_set.hpp"
#include "refusal.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
using testing::check_refusal;
using testing::read_bytes;
using testing::write_bytes;

const fs::path data = fs::path(TRAINBUS_TEST_DATA) / "torch";
const fs::path inputs = fs::path(TRAINBUS_TEST_DATA) / "fuzz/torch";

std::vector<std::byte> bytes_of(const TorchFile& file, const TorchTensor& tensor) {
  std::vector<std::byte> bytes(tensor.bytes);
  file.copy(tensor, 0, tensor.shape.size() < 2 ? 1 : tensor.shape.front(), bytes.data());
  return bytes;
}

BOOST_AUTO_TEST_SUITE(torch_file)

BOOST_AUTO_TEST_CASE(every_tensor_is_what_pytorch_reads) {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(data)) {
    if (entry.path().extension() != ".bin") continue;
    ++files;
    const TorchFile file(entry.path());
    fs::path expected_path = entry.path();
    const SafetensorsFile expected(expected_path.replace_extension(".safetensors"));
    BOOST_TEST(file.tensors().size() == expected.tensors().size(), entry.path());
    for (const TensorInfo& tensor : expected.tensors()) {
      const TorchTensor* found = file.find(tensor.name);
      BOOST_TEST_REQUIRE(found != nullptr, entry.path() << ": " << tensor.name);
      BOOST_TEST(dtype_name(found->dtype) == dtype_name(tensor.dtype), tensor.name);
      BOOST_TEST(found->shape == tensor.shape, boost::test_tools::per_element());
      BOOST_TEST(std::ranges::equal(bytes_of(file, *found), expected.data(tensor)),
                 entry.path() << ": " << tensor.name);
    }
  }
  BOOST_TEST(files > 0);
}

BOOST_AUTO_TEST_CASE(rows_of_views_are_read_a_few_at_a_time) {
  for (const char* name : {"views.bin", "old_views.bin"}) {
    const TorchFile file(data / name);
    for (const TorchTensor& tensor : file.tensors()) {
      if (tensor.shape.size() < 2 || tensor.bytes == 0) continue;
      const std::vector<std::byte> whole = bytes_of(file, tensor);
      const std::int64_t rows = tensor.shape.front();
      const std::uint64_t row_size = tensor.bytes / static_cast<std::uint64_t>(rows);
      for (std::int64_t begin = 0; begin < rows; ++begin)
        for (std::int64_t end = begin; end <= std::min(rows, begin + 3); ++end) {
          std::vector<std::byte> some(row_bytes(tensor, begin, end));
          file.copy(tensor, begin, end, some.data());
          const auto first =
              static_cast<std::ptrdiff_t>(static_cast<std::uint64_t>(begin) * row_size);
          BOOST_TEST(std::equal(some.begin(), some.end(), whole.begin() + first), tensor.name);
          BOOST_TEST(some.size() == static_cast<std::uint64_t>(end - begin) * row_size);
        }
    }
  }
}

BOOST_AUTO_TEST_CASE(views_share_the_bytes_of_their_storage) {
  const TorchFile file(data / "views.bin");
  const TorchTensor &base = *file.find("base"), &rows = *file.find("rows");
  BOOST_TEST(base.offset % 64 == 0u);  // where torch.save puts storages
  BOOST_TEST(rows.offset == base.offset + row_bytes(base, 0, 2));
  BOOST_TEST(rows.is_dense());
  BOOST_TEST(!file.find("transposed")->is_dense());
  BOOST_TEST(!file.find("columns")->is_dense());
  BOOST_TEST(file.find("none")->is_dense());
  BOOST_TEST(file.find("absent") == nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_dict_of_tensors_is_refused_by_name) {
  const struct {
    const char* file;
    const char* message;
  } cases[] = {
      {"system", "asks for \"__builtin__.print\", expected nothing but tensors"},
      {"old_system", "asks for \"__builtin__.print\""},
      {"instance", "the opcode INST at byte 3"},
      {"new_object", "asks for \"array.array\""},
      {"compressed", "compressed, expected it stored, as torch.save writes it"},
      {"program", "is a TorchScript program"},
      {"big_endian", "is of a big-endian machine"},
      {"only_magic", "is a zip archive of 4 bytes"},
      {"only_proto", "ends in its pickle"},
      {"cut", "whose end, with its directory, is missing"},
      {"half", "whose end, with its directory, is missing"},
      {"old_cut", "ends in the storages"},
      {"claims_a_size", "of 2147483648 bytes at byte"},
      {"entries_overlap", "\"archive/data/0\" and \"archive/data/1\", which overlap"},
      {"claims_elements", "has 16 bytes, expected 4398046511104"},
      {"claims_a_shape", "has a shape of no size that a file can hold"},
      {"claims_a_stride", "ends at element 9223372036854775808 of storage \"0\""},
      {"claims_strides", "has strides that lead out of any file"},
      {"begins_outside", "ends at element 4611686018427387907 of storage \"0\", which has 4"},
      {"one_number_as_many", "shows the 4 numbers of its storage as 1099511627776"},
      {"many_of_one", "shows the same bytes as more than 64 tensors"},
      {"negative_stride", "no whole number from 0"},
      {"no_storage", "has no entry \"archive/data/7\""},
      {"complex_storage", "asks for \"torch.ComplexDoubleStorage\""},
      {"no_tensors", "holds no tensors under names"},
      {"holds_itself", "holds no tensors under names"},
      {"repeats_itself", "a dict of what are no pairs"},
      {"a_dict_again_and_again", "repeats itself"},
      {"takes_more", "takes more than it gave"},
      {"no_mark", "without the mark"},
      {"odd_items", "adds to what is no dict"},
      {"no_value", "asks for value 5 before it is there"},
      {"long_text", "1152921504606846976 bytes are announced"},
      {"no_end", "ends in its pickle"},
  };
  for (const auto& one : cases) check_refusal([&] { TorchFile(inputs / one.file); }, one.message);
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused) {
  const testing::ScratchFolder folder;
  for (const char* name : {"by_torch", "by_old_torch"}) {
    const std::string whole = read_bytes(inputs / name);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      write_bytes(folder / "cut.bin", whole.substr(0, size));
      BOOST_CHECK_THROW(TorchFile(folder / "cut.bin"), UsageError);
    }
  }
}

BOOST_AUTO_TEST_CASE(other_files_in_its_place_are_named) {
  const testing::ScratchFolder folder;
  const auto refuses = [&](const std::string& bytes, const char* message) {
    write_bytes(folder / "pytorch_model.bin", bytes);
    check_refusal([&] { TorchSet(folder.path()); }, message);
  };
  refuses("", "is empty");
  refuses("version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer");
  refuses("GGUF\3", "is a GGUF file");
  refuses("\x80\4K\1.", "is a Python pickle");
  refuses(std::string("\0\1\2\3", 4), "begins neither as a zip archive nor as a pickle");
  refuses(std::string("\x80\2K\1.\x80\2K\1.", 10), "but none of torch.save");
}

BOOST_AUTO_TEST_CASE(shards_and_their_index_agree) {
  const testing::ScratchFolder folder;
  BOOST_TEST(!TorchSet::is_in(folder.path()));
  fs::copy(data / "protocol_3.bin", folder / "pytorch_model-00001-of-00002.bin");
  fs::copy(data / "kinds.bin", folder / "pytorch_model-00002-of-00002.bin");
  std::string weights;
  const TorchFile kinds(data / "kinds.bin");
  for (const TorchTensor& tensor : kinds.tensors())
    weights += "\"" + tensor.name + "\": \"pytorch_model-00002-of-00002.bin\",\n";
  const auto index = [&](const std::string& first) {
    write_bytes(folder / "pytorch_model.bin.index.json",
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {" + weights +
                    "\"bias\": \"pytorch_model-00001-of-00002.bin\", \"weight\": \"" + first +
                    "\"}}");
  };
  index("pytorch_model-00001-of-00002.bin");
  BOOST_TEST(TorchSet::is_in(folder.path()));
  const TorchSet set(folder.path());
  BOOST_TEST(set.files().size() == 2u);
  BOOST_TEST(set.has("weight"));
  BOOST_TEST(set.at("float16").file->path().filename() == "pytorch_model-00002-of-00002.bin");
  index("pytorch_model-00002-of-00002.bin");
  check_refusal([&] { TorchSet(folder.path()); }, "lists tensor \"weight\"");
  index("../kinds.bin");
  check_refusal([&] { TorchSet(folder.path()); }, "the name of a file beside the index");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
