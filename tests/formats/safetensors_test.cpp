#include "formats/safetensors/safetensors.hpp"

#include <sys/resource.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <numeric>
#include <string>
#include <vector>

#include "file_bytes.hpp"
#include "refusal.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::bytes_of;
using testing::check_refusal;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

std::string file_of(const std::string& header, std::size_t data_bytes) {
  return bytes_of<std::uint64_t>(header.size()) + header + std::string(data_bytes, '\1');
}

struct Fixture {
  ScratchFolder folder;
  std::filesystem::path path = folder / "model.safetensors";

  SafetensorsFile open(const std::string& bytes) const {
    write_bytes(path, bytes);
    return SafetensorsFile(path);
  }
  void refuses(const std::string& header, std::size_t data_bytes, std::string_view expected) const {
    check_refusal([&] { open(file_of(header, data_bytes)); }, expected);
  }
};

BOOST_FIXTURE_TEST_SUITE(safetensors, Fixture)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const std::int64_t step = 450;
  const std::array<std::uint16_t, 2> half = {0x3c00, 0xc000};
  write_safetensors(path,
                    std::vector<TensorSource>{{"w", DType::F32, {2, 3}, w.data()},
                                              {"step", DType::I64, {}, &step},
                                              {"h", DType::BF16, {2}, half.data()},
                                              {"nothing", DType::F32, {0, 5}, nullptr}},
                    {{"format", "pt"}, {"note", "quote \" and \xC3\xA9\n"}});
  const SafetensorsFile file(path);
  BOOST_TEST(file.tensors().size() == 4u);
  BOOST_TEST(file.metadata().at("note") == "quote \" and \xC3\xA9\n");
  const TensorInfo& info = file.at("w");
  BOOST_CHECK(info.dtype == DType::F32);
  BOOST_CHECK((info.shape == std::vector<std::int64_t>{2, 3}));
  BOOST_TEST(std::memcmp(file.data(info).data(), w.data(), info.bytes) == 0);
  BOOST_TEST(file.data(file.at("step")).size() == 8u);
  BOOST_TEST(file.data(file.at("nothing")).empty());
  BOOST_TEST(file.find("v") == nullptr);
  check_refusal([&] { file.at("ste"); }, "has no tensor \"ste\"");
}

BOOST_AUTO_TEST_CASE(a_file_without_tensors_is_written_and_read) {
  write_safetensors(path, {});
  BOOST_TEST(read_bytes(path).size() == 16u);
  BOOST_TEST(SafetensorsFile(path).tensors().empty());
}

BOOST_AUTO_TEST_CASE(lengths_that_lie_are_refused) {
  check_refusal([&] { open(""); }, "is empty, expected safetensors weights");
  check_refusal([&] { open("1234567"); }, "is the text \"1234567\"");
  check_refusal([&] { open(std::string(7, '\1')); }, "has 7 bytes, expected at least 8");
  check_refusal([&] { open(bytes_of<std::uint64_t>(3) + "{}"); }, "announces a header of 3 bytes");
  check_refusal([&] { open(bytes_of<std::uint64_t>(UINT64_MAX) + "{}"); }, "announces a header");
  check_refusal([&] { open(bytes_of<std::uint64_t>(100'000'001) + "{}"); }, "100000000");
}

BOOST_AUTO_TEST_CASE(a_header_that_is_no_strict_json_is_refused) {
  refuses("", 0, "does not begin with {");
  refuses(" {}", 0, "does not begin with {");
  refuses("[]", 0, "does not begin with {");
  refuses("{", 0, "is not valid JSON");
  refuses("{}x", 0, "is not valid JSON");
  refuses(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":1})", 4, "\"a\" twice");
  refuses(R"({"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4, "twice");
  refuses(R"({"a":{"dtype":[[1]],"shape":[],"data_offsets":[0,4]}})", 4, "is not valid JSON");
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_not_a_tensor_is_refused) {
  refuses(R"({"a":1})", 0, "\"a\" is 1, expected an object");
  refuses(R"({"a":{"dtype":"F33","shape":[],"data_offsets":[0,4]}})", 4, "\"a.dtype\" is \"F33\"");
  refuses(R"({"a":{"shape":[],"data_offsets":[0,4]}})", 4, "\"a.dtype\" is missing");
  refuses(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "\"a.shape\" is missing");
  refuses(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "not 1");
  refuses(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "not -1");
  refuses(R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4, "a.shape");
  refuses(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0]}})", 4, "[begin, end]");
  refuses(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}})", 4, "[begin, end]");
  refuses(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"more":1}})", 4, "only dtype");
  refuses(R"({"__metadata__":{"a":1}})", 0, "expected a string");
  refuses(R"({"__metadata__":[]})", 0, "expected an object");
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_refused) {
  refuses(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
          "spans 4 bytes, expected 8");
  refuses(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
          "no size that a file can hold");
  refuses(R"({"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0,
          "no size that a file can hold");
  refuses(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", 1, "no size that a file can");
  refuses(R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}})", 1,
          "a.shape");
}

BOOST_AUTO_TEST_CASE(holes_overlaps_and_left_over_data_are_refused) {
  refuses(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5, "begins at byte 1");
  refuses(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 5, "holds 5 bytes of data");
  refuses(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 3, "holds 3 bytes of data");
  const std::string a = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  refuses("{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4,
          "begins at byte 0");
  refuses("{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})", 7,
          "begins at byte 3");
  refuses("{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9,
          "begins at byte 5");
}

BOOST_AUTO_TEST_CASE(tensors_that_no_reader_would_take_are_not_written) {
  const std::vector<float> data(4);
  const auto refuse = [&](const std::vector<TensorSource>& tensors, std::string_view expected) {
    check_refusal([&] { write_safetensors(path, tensors); }, expected);
    BOOST_TEST(!std::filesystem::exists(path));
  };
  const TensorSource a{"a", DType::F32, {4}, data.data()};
  refuse({a, a}, "\"a\" twice");
  refuse({{"__metadata__", DType::F32, {4}, data.data()}}, "cannot be written");
  refuse({{"a", DType::F32, {-4}, data.data()}}, "cannot be written");
  refuse({{"a", DType::F32, {4}, nullptr}}, "cannot be written");
  refuse({{"\xff", DType::F32, {4}, data.data()}}, "is not valid JSON");
}

// A limit on file sizes simulates a full disk.
BOOST_AUTO_TEST_CASE(a_failed_write_leaves_the_old_file_and_no_other) {
  const std::vector<char> small(10, 'a'), large(100'000, 'b');
  write_safetensors(path, std::vector<TensorSource>{{"a", DType::U8, {10}, small.data()}});
  const std::string before = read_bytes(path);
  rlimit old_limit = {};
  ::getrlimit(RLIMIT_FSIZE, &old_limit);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {50'000, old_limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  BOOST_CHECK_THROW(
      write_safetensors(path, std::vector<TensorSource>{{"a", DType::U8, {100'000}, large.data()}}),
      RunError);
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  BOOST_TEST(read_bytes(path) == before);
  const std::filesystem::directory_iterator files(folder.path());
  BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_CASE(a_file_may_be_replaced_while_it_is_mapped) {
  const std::vector<char> old_data(10'000, 'a'), new_data(5, 'b');
  write_safetensors(path, std::vector<TensorSource>{{"a", DType::U8, {10'000}, old_data.data()}});
  const SafetensorsFile file(path);
  write_safetensors(path, std::vector<TensorSource>{{"a", DType::U8, {5}, new_data.data()}});
  BOOST_TEST(std::memcmp(file.data(file.at("a")).data(), old_data.data(), 10'000) == 0);
  BOOST_TEST(SafetensorsFile(path).at("a").bytes == 5u);
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused) {
  check_refusal([&] { SafetensorsFile(folder / "absent"); }, "No such file");
  check_refusal([&] { SafetensorsFile(folder.path()); }, "is a folder");
  check_refusal([&] { SafetensorsFile("/dev/zero"); }, "is not a regular file");
  BOOST_CHECK_THROW(write_safetensors(folder / "absent/x.safetensors", {}), RunError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
