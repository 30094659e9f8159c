// Parameters that stay in the file which stores them as they are used.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "formats/file_bytes.hpp"
#include "formats/gguf_builder.hpp"
#include "formats/refusal.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "models/files/model_files.hpp"
#include "models/files/parameter_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/language_batch.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using Shapes = std::vector<Parameters::Shape>;
using testing::check_refusal;

const Shapes matrix_and_vector = {{"w", {2, 3}}, {"v", {3}}};
const std::array<float, 6> six = {1, 2, 3, 4, 5, 6};

std::uint16_t bfloat16(float x) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16);
}

struct Files {
  testing::ScratchFolder folder;
  std::filesystem::path file = folder / "model.safetensors";

  void store(DType matrix, const void* w, DType vector, const void* v) const {
    write_safetensors(file,
                      std::vector<TensorSource>{{"w", matrix, {2, 3}, w}, {"v", vector, {3}, v}});
  }
  OpenedParameters open(kernels::Format format = kernels::Format::Float32,
                        const CheckpointMap& map = {}) const {
    return open_parameters(matrix_and_vector, *open_checkpoint(file), map, format);
  }
};

BOOST_FIXTURE_TEST_SUITE(opened_parameters, Files)

BOOST_AUTO_TEST_CASE(what_is_stored_as_it_is_used_stays_in_the_file) {
  store(DType::F32, six.data(), DType::F32, six.data());
  const OpenedParameters opened = open();
  BOOST_TEST(opened.parameters.lies_in_file(0));
  BOOST_TEST(opened.parameters.lies_in_file(1));
  BOOST_TEST(opened.unread.size() == 2u);
  BOOST_TEST(opened.parameters[0].value.sizes().vec() == (std::vector<std::int64_t>{2, 3}),
             boost::test_tools::per_element());
  for (std::size_t i = 0; i < six.size(); ++i)
    BOOST_TEST(opened.parameters[0].value.const_data_ptr<float>()[i] == six[i]);
  opened.check();
}

BOOST_AUTO_TEST_CASE(vectors_of_a_half_precision_file_are_widened_and_its_matrices_stay) {
  std::array<std::uint16_t, 6> halves = {};
  for (std::size_t i = 0; i < 6; ++i) halves[i] = bfloat16(six[i]);
  store(DType::BF16, halves.data(), DType::BF16, halves.data());
  const OpenedParameters half = open(kernels::Format::BFloat16);
  BOOST_TEST(half.parameters.lies_in_file(0));
  BOOST_TEST(!half.parameters.lies_in_file(1));
  BOOST_TEST(half.parameters[1].value.const_data_ptr<float>()[2] == 3);
  for (const auto format : {kernels::Format::Float32, kernels::Format::Float16,
                            kernels::Format::BFloat16Residual, kernels::Format::BFloat16Split})
    BOOST_TEST(!open(format).parameters.lies_in_file(0));
}

BOOST_AUTO_TEST_CASE(what_is_stored_otherwise_is_copied) {
  store(DType::F32, six.data(), DType::F32, six.data());
  const auto in_file = [&](const CheckpointMap& map) {
    return open(kernels::Format::Float32, map).parameters.lies_in_file(1);
  };
  BOOST_TEST(in_file(CheckpointMap().rename("v", {"v"})));
  BOOST_TEST(!in_file(CheckpointMap().stored_plus("v", "v", 1)));
  const std::vector<CheckpointMap::Rows> rows = {{"w", 2}};
  BOOST_TEST(
      !open(kernels::Format::Float32, CheckpointMap().split("w", rows)).parameters.lies_in_file(0));
}

// The format does not ask writers to align the numbers.
BOOST_AUTO_TEST_CASE(numbers_that_are_not_aligned_are_copied) {
  store(DType::F32, six.data(), DType::F32, six.data());
  std::string bytes = testing::read_bytes(file);
  ++bytes[0];  // the header's length, and one more space at its end
  bytes.insert(8 + static_cast<unsigned char>(bytes[0]) - 1, 1, ' ');
  testing::write_bytes(file, bytes);
  const OpenedParameters opened = open();
  BOOST_TEST(!opened.parameters.lies_in_file(0));
  BOOST_TEST(opened.parameters[0].value.const_data_ptr<float>()[5] == 6);
}

BOOST_AUTO_TEST_CASE(what_is_written_to_them_does_not_reach_the_file) {
  store(DType::F32, six.data(), DType::F32, six.data());
  const std::string before = testing::read_bytes(file);
  OpenedParameters opened = open();
  opened.parameters[0].value.fill_(7);
  BOOST_TEST(opened.parameters[0].value.equal(at::full({2, 3}, 7.0F)));
  BOOST_TEST(testing::read_bytes(file) == before);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_does_not_change_them) {
  store(DType::F32, six.data(), DType::F32, six.data());
  const OpenedParameters opened = open();
  const std::array<float, 6> others = {};
  store(DType::F32, others.data(), DType::F32, others.data());
  BOOST_TEST(opened.parameters[0].value.const_data_ptr<float>()[5] == 6);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_written_to_is_an_error_for_those_who_used_it) {
  store(DType::F32, six.data(), DType::F32, six.data());
  OpenedParameters opened = open();
  opened.parameters.check_files();
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::seconds(2));
  BOOST_CHECK_EXCEPTION(opened.parameters.check_files(), RunError, [&](const RunError& error) {
    return std::string(error.what()).find("was changed while its weights were in use") !=
           std::string::npos;
  });
  BOOST_CHECK_THROW(opened.parameters.leave_files(), RunError);
  OpenedParameters again = open();
  again.parameters.leave_files();
  std::filesystem::remove(file);
  again.parameters.check_files();
}

BOOST_AUTO_TEST_CASE(leaving_the_file_keeps_every_number_and_what_was_set) {
  std::vector<float> large(3 * 4096);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i);
  const Shapes shapes = {{"w", {3, 4096}}};
  write_safetensors(file, std::vector<TensorSource>{{"w", DType::F32, {3, 4096}, large.data()}});
  OpenedParameters opened = open_parameters(shapes, *open_checkpoint(file), {});
  Parameters& parameters = opened.parameters;
  parameters[0].value.data_ptr<float>()[1] = -1;
  parameters[0].trainable = false;
  large[1] = -1;
  parameters.leave_files();
  BOOST_TEST(!parameters.lies_in_file(0));
  BOOST_TEST(!parameters[0].trainable);
  const float* numbers = parameters[0].value.const_data_ptr<float>();
  BOOST_TEST(std::vector<float>(numbers, numbers + large.size()) == large);
}

// A quantised file has its norms as they are used: leaving it must not move the rest.
BOOST_AUTO_TEST_CASE(leaving_the_file_leaves_what_is_in_memory_where_it_is) {
  std::array<std::uint16_t, 6> halves = {};
  for (std::size_t i = 0; i < 6; ++i) halves[i] = bfloat16(six[i]);
  store(DType::BF16, halves.data(), DType::F32, six.data());
  OpenedParameters opened = open();
  Parameters& parameters = opened.parameters;
  BOOST_TEST(!parameters.lies_in_file(0));
  BOOST_TEST(parameters.lies_in_file(1));
  const void* matrix = parameters[0].value.const_data_ptr();
  const void* vector = parameters[1].value.const_data_ptr();
  parameters.leave_files();
  BOOST_TEST(parameters[0].value.const_data_ptr() == matrix);
  BOOST_TEST(parameters[1].value.const_data_ptr() != vector);
  BOOST_TEST(parameters[1].value.const_data_ptr<float>()[2] == 3);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_none_is_found_in_the_file) {
  for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
    std::array<float, 6> w = six;
    w[4] = INFINITY;
    std::array<std::uint16_t, 6> halves = {1, 2, 3, 4, 5, 6};
    halves[4] = type == DType::F16 ? 0xFC01 : 0x7F80;  // NaN, infinity
    const bool whole = type == DType::F32;
    store(type, whole ? static_cast<const void*>(w.data()) : halves.data(), DType::F32, six.data());
    const kernels::Format format = whole                ? kernels::Format::Float32
                                   : type == DType::F16 ? kernels::Format::Float16
                                                        : kernels::Format::BFloat16;
    const OpenedParameters opened = open(format);
    BOOST_TEST(opened.parameters.lies_in_file(0));
    check_refusal([&] { opened.check(); },
                  "tensor 'w' holds 1 number that is NaN or infinite, in row 1");
    check_refusal([&] { load_parameters(matrix_and_vector, *open_checkpoint(file), {}, format); },
                  "in row 1");
  }
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_of_a_type_are_numbers) {
  const std::array<float, 6> w = {3.4e38F, -3.4e38F, 0, -0.0F, 1e-45F, 1};
  store(DType::F32, w.data(), DType::F32, six.data());
  open().check();
  const std::array<std::uint16_t, 6> halves = {0x7BFF, 0xFBFF, 0, 0x8000, 1, 0x03FF};
  store(DType::F16, halves.data(), DType::F32, six.data());
  open(kernels::Format::Float16).check();
}

BOOST_AUTO_TEST_CASE(of_a_gguf_file_those_that_are_not_quantised_stay) {
  testing::GgufBuilder builder;
  builder.tensor("w", GgmlType::F32, {32, 1}, 0);
  builder.tensor("q", GgmlType::Q8_0, {32, 1}, 128);
  builder.data(128 + 64);
  testing::write_bytes(file, builder.bytes(3));
  const GgufFile gguf(file);
  const GgufCheckpoint checkpoint(gguf);
  const OpenedParameters opened = open_parameters({{"w", {1, 32}}, {"q", {1, 32}}}, checkpoint, {});
  BOOST_TEST(opened.parameters.lies_in_file(0));
  BOOST_TEST(!opened.parameters.lies_in_file(1));
  std::array<float, 32> numbers = {};
  for (const ParameterId id : {0, 1}) {
    checkpoint.read(opened.parameters[id].name, 0, 1, numbers.data());
    BOOST_TEST(numbers[31] != 0);
    BOOST_TEST(opened.parameters[id].value.const_data_ptr<float>()[31] == numbers[31]);
  }
}

// A tensor of PyTorch's may be a view of another, with gaps.
BOOST_AUTO_TEST_CASE(numbers_of_pytorch_stay_in_their_file_if_they_are_dense) {
  const TorchCheckpoint checkpoint(std::filesystem::path(TRAINBUS_TEST_DATA) / "torch/views.bin");
  const std::vector<std::string> names = {"base", "rows", "columns", "transposed"};
  Shapes shapes;
  for (const std::string& name : names) shapes.push_back({name, *checkpoint.shape(name)});
  const OpenedParameters opened = open_parameters(shapes, checkpoint, {});
  for (ParameterId id = 0; id < names.size(); ++id) {
    BOOST_TEST(opened.parameters.lies_in_file(id) == (id < 2), names[id]);
    const at::Tensor copied = at::ones(shapes[id].sizes);
    checkpoint.read(names[id], 0, shapes[id].sizes.front(), copied.mutable_data_ptr<float>());
    BOOST_TEST(opened.parameters[id].value.equal(copied), names[id]);
  }
}

BOOST_AUTO_TEST_CASE(a_model_computes_the_same_bits_from_its_file_and_from_memory) {
  const std::filesystem::path path =
      std::filesystem::path(TRAINBUS_TEST_DATA) / "field_models/sound_llama";
  const LoadedModel loaded = load_language_model(path);
  Parameters& parameters = loaded.model->parameters();
  BOOST_TEST(parameters.lies_in_file(0));
  const Batch batch =
      testing::language_batch(at::full({2, 4}, 7, at::kLong), at::ones({2, 4}, at::kLong));
  PlainWeights weights(parameters);
  const at::Tensor from_file = loaded.model->loss(weights, batch).clone();
  parameters.leave_files();
  BOOST_TEST(loaded.model->loss(weights, batch).equal(from_file));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
