#include "formats/gguf/gguf.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "file_bytes.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "gguf_builder.hpp"
#include "refusal.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::bytes_of;
using testing::check_refusal;
using testing::GgufBuilder;
using testing::ScratchFolder;
using testing::write_bytes;

// A file with one tensor "t" of these bytes.
std::string with_data(GgmlType type, const std::vector<std::uint64_t>& axes,
                      const std::string& data) {
  GgufBuilder builder;
  builder.tensor("t", type, axes, 0);
  return builder.bytes(3) + data;
}

struct Fixture {
  ScratchFolder folder;
  std::filesystem::path path = folder / "model.gguf";

  GgufFile open(const std::string& bytes) const {
    testing::write_bytes(path, bytes);
    return GgufFile(path);
  }
  void refuses(const std::string& bytes, std::string_view expected) const {
    check_refusal([&] { open(bytes); }, expected);
  }
};

BOOST_FIXTURE_TEST_SUITE(gguf, Fixture)

// Written, quantised and dequantised by the gguf package: tests/data/make_gguf_types.py.
BOOST_AUTO_TEST_CASE(every_tensor_type_decodes_bit_for_bit) {
  const std::filesystem::path data = std::filesystem::path(TRAINBUS_TEST_DATA) / "gguf";
  std::string read;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    if (entry.path().extension() != ".gguf") continue;
    const GgufFile file(entry.path());
    std::filesystem::path numbers = entry.path();
    const SafetensorsFile expected(numbers.replace_extension(".safetensors"));
    const GgufTensor& tensor = file.at("weight");
    BOOST_TEST(tensor.shape == expected.at("weight").shape, boost::test_tools::per_element());
    std::vector<float> values(static_cast<std::size_t>(tensor.rows() * tensor.row_length()));
    file.dequantize(tensor, values.data(), 0, tensor.rows());
    BOOST_TEST(std::memcmp(values.data(), expected.data(expected.at("weight")).data(),
                           values.size() * sizeof(float)) == 0,
               entry.path() << " differs");
    read += std::string(ggml_type_name(tensor.type)) + " ";
  }
  for (const char* type :
       {"F32 ", "F16 ", "BF16 ", "Q4_0 ", "Q4_1 ", "Q5_0 ", "Q5_1 ", "Q8_0 ", "Q2_K ", "Q3_K ",
        "Q4_K ", "Q5_K ", "Q6_K ", "IQ4_NL ", "IQ4_XS ", "TQ1_0 ", "TQ2_0 ", "MXFP4 "})
    BOOST_TEST(read.find(type) != std::string::npos, type << "has no file");
}

// These two have no quantiser in the gguf package.
BOOST_AUTO_TEST_CASE(float64_and_q8_1_are_read) {
  std::string bytes;
  for (const double number : {0.1, -3.0, 1e300, 1e-60}) bytes += bytes_of(number);
  const GgufFile doubles = open(with_data(GgmlType::F64, {4}, bytes));
  float values[32];
  doubles.dequantize(doubles.at("t"), values, 0, 1);
  BOOST_TEST(values[0] == 0.1f);
  BOOST_TEST(values[1] == -3.0f);
  BOOST_TEST(values[2] == HUGE_VALF);
  BOOST_TEST(values[3] == 0.0f);
  bytes = bytes_of<std::uint16_t>(0xB800) + bytes_of<std::uint16_t>(0x7C00);  // -0.5; a sum, unused
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i * 8 - 128);
  const GgufFile q8_1 = open(with_data(GgmlType::Q8_1, {32}, bytes));
  q8_1.dequantize(q8_1.at("t"), values, 0, 1);
  for (int i = 0; i < 32; ++i) BOOST_TEST(values[i] == -0.5f * static_cast<float>(i * 8 - 128));
}

// The definition: sign, five bits of exponent with bias 15, ten of fraction.
float plain_half(unsigned bits) {
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<float>(bits & 1023);
  if (exponent == 31) return sign * (fraction == 0 ? HUGE_VALF : std::nanf(""));
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(fraction + 1024, exponent - 25);
}

BOOST_AUTO_TEST_CASE(all_65536_halves_decode_as_defined) {
  std::string halves;
  for (unsigned bits = 0; bits < 65536; ++bits)
    halves += bytes_of(static_cast<std::uint16_t>(bits));
  GgufBuilder builder;
  builder.tensor("t", GgmlType::F16, {65536}, 0);
  const GgufFile file = open(builder.bytes(3) + halves);
  std::vector<float> values(65536);
  file.dequantize(file.at("t"), values.data(), 0, 1);
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const float expected = plain_half(bits);
    if (std::isnan(expected))
      BOOST_REQUIRE(std::isnan(values[bits]));
    else
      BOOST_REQUIRE(std::memcmp(&values[bits], &expected, sizeof expected) == 0);
  }
}

BOOST_AUTO_TEST_CASE(rows_outside_a_tensor_are_refused) {
  const GgufFile file(std::filesystem::path(TRAINBUS_TEST_DATA) / "gguf/q8_0.gguf");
  std::vector<float> values(3 * 64);
  const GgufTensor& tensor = file.at("weight");
  check_refusal([&] { file.dequantize(tensor, values.data(), 0, 4); }, "it has 3");
  check_refusal([&] { file.dequantize(tensor, values.data(), -1, 1); }, "rows [-1, 1)");
  check_refusal([&] { file.dequantize(tensor, values.data(), 2, 1); }, "rows [2, 1)");
}

BOOST_AUTO_TEST_CASE(metadata_of_every_type_is_read) {
  GgufBuilder builder;
  builder.entry("u8", GgufType::Uint8, bytes_of<std::uint8_t>(200));
  builder.entry("i8", GgufType::Int8, bytes_of<std::int8_t>(-100));
  builder.entry("u16", GgufType::Uint16, bytes_of<std::uint16_t>(60000));
  builder.entry("i16", GgufType::Int16, bytes_of<std::int16_t>(-30000));
  builder.entry("u32", GgufType::Uint32, bytes_of<std::uint32_t>(4'000'000'000));
  builder.entry("i32", GgufType::Int32, bytes_of<std::int32_t>(-2'000'000'000));
  builder.entry("u64", GgufType::Uint64, bytes_of<std::uint64_t>(UINT64_MAX));
  builder.entry("i64", GgufType::Int64, bytes_of<std::int64_t>(INT64_MIN));
  builder.entry("f32", GgufType::Float32, bytes_of(1e-5f));
  builder.entry("f64", GgufType::Float64, bytes_of(0.1));
  builder.entry("yes", GgufType::Bool, bytes_of<std::uint8_t>(1));
  builder.entry("text", GgufType::String, GgufBuilder::text("h\xC3\xA9"));
  builder.entry("list", GgufType::Array,
                GgufBuilder::array(GgufType::Int16, 2,
                                   bytes_of<std::int16_t>(-1) + bytes_of<std::int16_t>(2)));
  builder.entry(
      "texts", GgufType::Array,
      GgufBuilder::array(GgufType::String, 2, GgufBuilder::text("") + GgufBuilder::text("b")));
  const std::string inner = GgufBuilder::array(GgufType::String, 1, GgufBuilder::text("deep"));
  builder.entry("nested", GgufType::Array, GgufBuilder::array(GgufType::Array, 2, inner + inner));
  for (const std::uint32_t version : {2u, 3u}) {
    const GgufFile file = open(builder.bytes(version));
    BOOST_TEST(file.version() == version);
    BOOST_TEST(*file.integer("u8") == 200);
    BOOST_TEST(*file.integer("i8") == -100);
    BOOST_TEST(*file.integer("u16") == 60000);
    BOOST_TEST(*file.integer("i16") == -30000);
    BOOST_TEST(*file.integer("u32") == 4'000'000'000);
    BOOST_TEST(*file.integer("i32") == -2'000'000'000);
    BOOST_TEST(*file.integer("i64") == INT64_MIN);
    BOOST_TEST(*file.number("f32") == 1e-5);  // the decimal that was meant
    BOOST_TEST(*file.number("f64") == 0.1);
    BOOST_TEST(*file.flag("yes"));
    BOOST_TEST(*file.text("text") == "h\xC3\xA9");
    BOOST_CHECK((*file.integers("list") == std::vector<std::int64_t>{-1, 2}));
    BOOST_CHECK((*file.texts("texts") == std::vector<std::string_view>{"", "b"}));
    const auto arrays = gguf_arrays(std::get<GgufArray>(*file.value("nested")));
    BOOST_REQUIRE(arrays && arrays->size() == 2);
    BOOST_TEST((*gguf_strings((*arrays)[1]))[0] == "deep");
    BOOST_TEST(!file.text("absent").has_value());
    check_refusal([&] { file.integer("u64"); }, "is 18446744073709551615, expected an integer");
    check_refusal([&] { file.text("u8"); }, "metadata \"u8\" is 200, expected a string");
    check_refusal([&] { file.texts("list"); }, "is [int16 × 2], expected an array of strings");
  }
}

BOOST_AUTO_TEST_CASE(other_files_and_versions_are_refused) {
  refuses("", "is empty");
  refuses("GGM", "is the text \"GGM\"");
  refuses("GGML" + std::string(60, '\0'), "does not begin with GGUF");
  refuses(GgufBuilder().bytes(1), "is of GGUF version 1");
  refuses(GgufBuilder().bytes(4), "is of GGUF version 4");
  refuses(GgufBuilder().bytes(0x03000000), "is a big-endian GGUF file of version 3");
  BOOST_CHECK_NO_THROW(open(GgufBuilder().bytes(3)));
}

BOOST_AUTO_TEST_CASE(counts_and_lengths_that_lie_are_refused_before_memory_is_taken) {
  const std::string head = "GGUF" + bytes_of<std::uint32_t>(3);
  const std::string most = bytes_of<std::uint64_t>(UINT64_MAX), none = bytes_of<std::uint64_t>(0);
  refuses(head + most + none, "announces 18446744073709551615 tensors");
  refuses(head + none + most, "announces 18446744073709551615 metadata entries");
  GgufBuilder text, list, strings, arrays;
  text.entry("k", GgufType::String, most + "x");
  refuses(text.bytes(3), "ends in metadata");
  list.entry("k", GgufType::Array, bytes_of<std::uint32_t>(10) + bytes_of(std::uint64_t{1} << 61));
  refuses(list.bytes(3), "announces 2305843009213693952 array elements");
  strings.entry("k", GgufType::Array, bytes_of<std::uint32_t>(8) + most);
  refuses(strings.bytes(3), "array elements");
  arrays.entry("k", GgufType::Array, bytes_of<std::uint32_t>(9) + most);
  refuses(arrays.bytes(3), "array elements");
}

BOOST_AUTO_TEST_CASE(metadata_that_makes_no_sense_is_refused) {
  GgufBuilder unknown, boolean, twice, deep;
  unknown.entry("k", static_cast<GgufType>(13), "");
  refuses(unknown.bytes(3), "metadata \"k\" is of type 13");
  boolean.entry("k", GgufType::Bool, bytes_of<std::uint8_t>(2));
  refuses(boolean.bytes(3), "is a bool of value 2");
  twice.entry("k", GgufType::Uint8, "a");
  twice.entry("k", GgufType::Uint8, "b");
  refuses(twice.bytes(3), "metadata key \"k\" twice");
  std::string nested = GgufBuilder::array(GgufType::Uint8, 1, "a");
  for (int i = 0; i < 100; ++i) nested = GgufBuilder::array(GgufType::Array, 1, nested);
  deep.entry("k", GgufType::Array, nested);
  refuses(deep.bytes(3), "nests arrays too deeply");
  for (const std::uint32_t alignment : {0u, 24u, 1u << 30}) {
    GgufBuilder builder;
    builder.entry("general.alignment", GgufType::Uint32, bytes_of(alignment));
    refuses(builder.bytes(3), "expected a power of two");
  }
}

BOOST_AUTO_TEST_CASE(tensors_that_do_not_fit_are_refused) {
  const auto one = [](GgmlType type, std::vector<std::uint64_t> axes, std::uint64_t offset) {
    GgufBuilder builder;
    builder.tensor("t", type, std::move(axes), offset);
    builder.data(128);
    return builder.bytes(3);
  };
  BOOST_CHECK_NO_THROW(open(one(GgmlType::F32, {32}, 0)));
  refuses(one(GgmlType::F32, {33}, 0), "takes 132 bytes from byte 0 of the data, which has 128");
  refuses(one(GgmlType::F32, {8}, 128), "takes 32 bytes from byte 128");
  refuses(one(GgmlType::F32, {1}, UINT64_MAX - 31), "takes 4 bytes");
  refuses(one(GgmlType::F32, {1}, 4), "expected a multiple of 32");
  refuses(one(GgmlType::F32, {1ull << 32, 1ull << 32}, 0), "impossible shape");
  refuses(one(GgmlType::F32, {1ull << 62}, 0), "impossible shape");
  refuses(one(GgmlType::F32, {UINT64_MAX}, 0), "impossible shape");
  refuses(one(GgmlType::F32, {}, 0), "has 0 axes");
  refuses(one(GgmlType::F32, {1, 1, 1, 1, 1}, 0), "has 5 axes");
  refuses(one(GgmlType::Q4_1, {16, 2}, 0), "expected whole Q4_1 blocks of 32");
  refuses(one(GgmlType::Q4_K, {32}, 0), "expected whole Q4_K blocks of 256");
  refuses(one(GgmlType::Q6_K, {256, 3}, 0), "takes 630 bytes");
  refuses(one(static_cast<GgmlType>(17), {256}, 0), "\"t\" is IQ2_XS (ggml type 17)");
  refuses(one(static_cast<GgmlType>(17), {256}, 0),
          "read are F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K");
  refuses(one(static_cast<GgmlType>(17), {256}, 0), "llama-quantize --allow-requantize --pure");
  refuses(one(static_cast<GgmlType>(999), {256}, 0), "is of an unknown type (ggml type 999)");
  GgufBuilder overlap, twice;
  overlap.tensor("a", GgmlType::F32, {16}, 32);
  overlap.tensor("b", GgmlType::F32, {16}, 0);
  overlap.data(128);
  refuses(overlap.bytes(3), "\"b\" and \"a\" overlap");
  twice.tensor("a", GgmlType::F32, {8}, 0);
  twice.tensor("a", GgmlType::F32, {8}, 32);
  twice.data(128);
  refuses(twice.bytes(3), "tensor \"a\" twice");
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_model_says_so_before_its_types_are_looked_at) {
  const auto with = [](const std::string& key, const std::string& value) {
    GgufBuilder builder;
    builder.entry(key, GgufType::String, GgufBuilder::text(value));
    builder.tensor("t", static_cast<GgmlType>(17), {256}, 0);
    return builder.bytes(3);
  };
  refuses(with("general.type", "adapter"), "is a LoRA adapter, no model");
  refuses(with("general.type", "adapter"), "llama-export-lora");
  refuses(with("adapter.type", "lora"), "is a LoRA adapter");
  refuses(with("general.type", "imatrix"), "is an importance matrix");
  refuses(with("general.type", "mmproj"), "is the image projector");
  refuses(with("general.architecture", "clip"), "is the image projector");
}

// Part `number` of `count`, from 0, with a tensor of this name that holds the number.
std::string part(std::uint16_t number, std::uint16_t count, std::string_view tensor,
                 std::int32_t tensors = 2) {
  GgufBuilder builder;
  builder.entry("split.no", GgufType::Uint16, bytes_of(number));
  builder.entry("split.count", GgufType::Uint16, bytes_of(count));
  builder.entry("split.tensors.count", GgufType::Int32, bytes_of(tensors));
  if (number == 0) builder.entry("general.name", GgufType::String, GgufBuilder::text("whole"));
  builder.tensor(tensor, GgmlType::F32, {1}, 0);
  return builder.bytes(3) + bytes_of(static_cast<float>(number));
}

BOOST_AUTO_TEST_CASE(a_split_model_is_opened_as_one_by_any_of_its_parts) {
  const testing::ScratchFolder parts;
  const auto at = [&](const char* number) {
    return parts / (std::string("m-0000") + number + "-of-00002.gguf");
  };
  write_bytes(at("1"), part(0, 2, "a"));
  check_refusal([&] { GgufFile(at("1")); },
                "is part 1 of 2 of a split model, and m-00002-of-00002.gguf is not there");
  write_bytes(at("2"), part(1, 2, "b"));
  for (const char* opened : {"1", "2"}) {
    const GgufFile file(at(opened));
    BOOST_TEST(file.path() == at("1"));
    BOOST_TEST(file.text("general.name").value() == "whole");
    BOOST_TEST(file.tensors().size() == 2u);
    float number = -1;
    file.dequantize(file.at("a"), &number, 0, 1);
    BOOST_TEST(number == 0.0f);
    file.dequantize(file.at("b"), &number, 0, 1);
    BOOST_TEST(number == 1.0f);
  }
  refuses(part(1, 3, "b"),
          "is part 2 of 3 of a split model, but its name does not end in "
          "-00002-of-00003.gguf");
  refuses(part(3, 3, "b"), "says that it is part 3, counted from 0, of 3");
  write_bytes(at("2"), part(1, 2, "a"));
  check_refusal([&] { GgufFile(at("1")); }, "\"a\", which is also in another part");
  write_bytes(at("2"), part(0, 2, "b"));
  check_refusal([&] { GgufFile(at("1")); }, "is part 1 of 2, expected 2 of 2 from its name");
  write_bytes(at("1"), part(0, 2, "a", 3));
  write_bytes(at("2"), part(1, 2, "b"));
  check_refusal([&] { GgufFile(at("1")); }, "hold 2 tensors, expected 3");
  GgufBuilder whole;
  whole.entry("split.count", GgufType::Uint16, bytes_of<std::uint16_t>(1));
  BOOST_CHECK_NO_THROW(open(whole.bytes(3)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
