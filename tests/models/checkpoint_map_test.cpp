// How stored tensors become parameters and parameters stored tensors.
#include "models/files/checkpoint_map.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "formats/file_bytes.hpp"
#include "formats/gguf_builder.hpp"
#include "formats/refusal.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "models/files/parameter_files.hpp"
#include "models/files/unused_tensors.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using Shapes = std::vector<Parameters::Shape>;
using testing::check_refusal;

std::vector<float> counted(std::size_t count, float first = 0) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = first + static_cast<float>(i);
  return numbers;
}

std::vector<float> numbers_of(const Parameters& parameters, std::string_view name) {
  const at::Tensor& value = parameters[parameters.find(name).value()].value;
  const float* first = value.const_data_ptr<float>();
  return {first, first + value.numel()};
}

struct Files {
  testing::ScratchFolder folder;

  void store(const std::vector<TensorSource>& tensors) {
    write_safetensors(folder / "model.safetensors", tensors);
  }
  Parameters load(const Shapes& shapes, const CheckpointMap& map,
                  kernels::Format format = kernels::Format::Float32) {
    return load_parameters(shapes, SafetensorsCheckpoint(folder.path()), map, format);
  }
  // Saved by the map and read without it.
  std::vector<float> saved(const Parameters& parameters, const CheckpointMap& map,
                           const std::string& name, const std::vector<std::int64_t>& shape) {
    save_parameters(parameters, map, {}, folder / "saved.safetensors");
    return numbers_of(load_parameters({{name, shape}}, folder / "saved.safetensors"), name);
  }
};

BOOST_FIXTURE_TEST_SUITE(checkpoint_map, Files)

BOOST_AUTO_TEST_CASE(a_renamed_tensor_is_found_by_any_of_its_names_and_written_by_the_first) {
  const std::vector<float> x = counted(6);
  store({{"old", DType::F32, {2, 3}, x.data()}});
  const CheckpointMap map = CheckpointMap().rename("w", {"new", "old"});
  const Parameters parameters = load({{"w", {2, 3}}}, map);
  BOOST_TEST(numbers_of(parameters, "w") == x);
  BOOST_TEST(saved(parameters, map, "new", {2, 3}) == x);
}

BOOST_AUTO_TEST_CASE(a_transposed_tensor_is_turned_both_ways) {
  const std::vector<float> x = counted(6);
  store({{"w", DType::F32, {3, 2}, x.data()}});
  const CheckpointMap map = CheckpointMap().transpose("w", "w");
  const Parameters parameters = load({{"w", {2, 3}}}, map);
  BOOST_TEST(numbers_of(parameters, "w") == (std::vector<float>{0, 2, 4, 1, 3, 5}));
  BOOST_TEST(saved(parameters, map, "w", {3, 2}) == x);
}

BOOST_AUTO_TEST_CASE(rows_of_heads_are_put_back_where_hugging_face_has_them) {
  // heads 2, head_dim 4: llama.cpp's converter writes row (h, half, i) at (h, i, half).
  const std::vector<std::int64_t> stored = {0, 2, 1, 3, 4, 6, 5, 7};
  for (std::size_t row = 0; row < stored.size(); ++row)
    BOOST_TEST(llama_stored_row(static_cast<std::int64_t>(row), 4) == stored[row]);
  const std::vector<float> x = counted(8);
  store({{"q", DType::F32, {8, 1}, x.data()}, {"b", DType::F32, {8}, x.data()}});
  const CheckpointMap map = CheckpointMap().permute("w", "q", 4).permute("v", "b", 4);
  const Parameters parameters = load({{"w", {8, 1}}, {"v", {8}}}, map);
  const std::vector<float> expected = {0, 2, 1, 3, 4, 6, 5, 7};
  BOOST_TEST(numbers_of(parameters, "w") == expected);
  BOOST_TEST(numbers_of(parameters, "v") == expected);
  BOOST_TEST(saved(parameters, map, "q", {8, 1}) == x);
}

BOOST_AUTO_TEST_CASE(rows_by_key_value_head_become_all_queries_all_keys_all_values) {
  // 2 key/value heads of 3 queries each, head_dim 2: stored q0 q1 q2 k0 v0 q3 q4 q5 k1 v1.
  const RowOrder order{.kind = RowOrder::Grouped, .head_dim = 2, .groups = 2, .queries = 3};
  const std::vector<float> x = counted(20);
  store({{"qkv", DType::F32, {20, 1}, x.data()}, {"bias", DType::F32, {20}, x.data()}});
  const CheckpointMap map = CheckpointMap().reorder("w", "qkv", order).reorder("b", "bias", order);
  const Parameters parameters = load({{"w", {20, 1}}, {"b", {20}}}, map);
  const std::vector<float> expected = {0,  1,  2, 3, 4,  5,  10, 11, 12, 13,
                                       14, 15, 6, 7, 16, 17, 8,  9,  18, 19};
  BOOST_TEST(numbers_of(parameters, "w") == expected);
  BOOST_TEST(numbers_of(parameters, "b") == expected);
  BOOST_TEST(saved(parameters, map, "qkv", {20, 1}) == x);
  BOOST_TEST(saved(parameters, map, "bias", {20}) == x);
}

BOOST_AUTO_TEST_CASE(names_are_also_found_without_the_prefix_of_the_whole_model) {
  const std::vector<float> x = counted(6);
  store({{"h.0.w", DType::F32, {3, 2}, x.data()}, {"h.0.b", DType::F32, {6}, x.data()}});
  const CheckpointMap map =
      CheckpointMap().transpose("model.h.0.w", "model.h.0.w").also_without("model.");
  const Parameters parameters = load({{"model.h.0.w", {2, 3}}, {"model.h.0.b", {6}}}, map);
  BOOST_TEST(numbers_of(parameters, "model.h.0.b") == x);
  BOOST_TEST(saved(parameters, map, "model.h.0.w", {3, 2}) == x);
}

BOOST_AUTO_TEST_CASE(a_vector_that_is_stored_plus_a_number_is_read_without_it) {
  const std::vector<float> x = counted(4);
  store({{"norm", DType::F32, {4}, x.data()}});
  const CheckpointMap map = CheckpointMap().stored_plus("w", "norm", 1);
  BOOST_TEST(numbers_of(load({{"w", {4}}}, map), "w") == counted(4, -1));
}

BOOST_AUTO_TEST_CASE(tensors_are_ignored_by_the_beginning_or_the_end_of_their_names) {
  const CheckpointMap map = CheckpointMap().ignore("head.").ignore_ending(".attention.bias");
  BOOST_TEST(map.ignores("head.weight"));
  BOOST_TEST(map.ignores("layers.0.attention.bias"));
  BOOST_TEST(!map.ignores("layers.0.attention.dense.bias"));
  BOOST_TEST(!map.ignores("a.head.weight"));
}

BOOST_AUTO_TEST_CASE(one_stored_tensor_is_split_into_several_parameters_and_put_together_again) {
  const std::vector<float> x = counted(15), turned = counted(15, 100);
  store({{"qkv", DType::F32, {5, 3}, x.data()},
         {"c_attn", DType::F32, {3, 5}, turned.data()},
         {"c_attn.bias", DType::F32, {5}, x.data()}});
  const CheckpointMap::Rows rows[] = {{"q", 2}, {"k", 1}, {"v", 2}};
  const CheckpointMap::Rows conv[] = {{"cq", 4}, {"ck", 1}};
  const CheckpointMap::Rows biases[] = {{"bq", 4}, {"bk", 1}};
  const CheckpointMap map =
      CheckpointMap().split("qkv", rows).split("c_attn", conv, true).split("c_attn.bias", biases);
  const Parameters parameters = load({{"q", {2, 3}},
                                      {"k", {1, 3}},
                                      {"v", {2, 3}},
                                      {"cq", {4, 3}},
                                      {"ck", {1, 3}},
                                      {"bq", {4}},
                                      {"bk", {1}}},
                                     map);
  BOOST_TEST(numbers_of(parameters, "k") == (std::vector<float>{6, 7, 8}));
  BOOST_TEST(numbers_of(parameters, "v") == (std::vector<float>{9, 10, 11, 12, 13, 14}));
  BOOST_TEST(numbers_of(parameters, "ck") == (std::vector<float>{104, 109, 114}));
  BOOST_TEST(numbers_of(parameters, "bk") == (std::vector<float>{4}));
  BOOST_TEST(saved(parameters, map, "qkv", {5, 3}) == x);
  BOOST_TEST(saved(parameters, map, "c_attn", {3, 5}) == turned);
  BOOST_TEST(saved(parameters, map, "c_attn.bias", {5}) == counted(5));
}

BOOST_AUTO_TEST_CASE(several_stored_tensors_are_stacked_into_one_parameter_and_parted_again) {
  const std::vector<float> a = counted(6), b = counted(3, 50);
  store({{"a", DType::F32, {2, 3}, a.data()}, {"b", DType::F32, {1, 3}, b.data()}});
  const CheckpointMap::Rows rows[] = {{"a", 2}, {"b", 1}};
  const CheckpointMap map = CheckpointMap().stack("w", rows);
  const Parameters parameters = load({{"w", {3, 3}}}, map);
  BOOST_TEST(numbers_of(parameters, "w") == (std::vector<float>{0, 1, 2, 3, 4, 5, 50, 51, 52}));
  BOOST_TEST(saved(parameters, map, "a", {2, 3}) == a);
  BOOST_TEST(saved(parameters, map, "b", {1, 3}) == b);
}

BOOST_AUTO_TEST_CASE(a_stored_tensor_of_another_size_is_refused_by_its_name) {
  const std::vector<float> x = counted(15);
  store({{"qkv", DType::F32, {5, 3}, x.data()}});
  const CheckpointMap::Rows rows[] = {{"q", 2}, {"k", 1}};
  check_refusal(
      [&] {
        load({{"q", {2, 3}}, {"k", {1, 3}}}, CheckpointMap().split("qkv", rows));
      },
      "tensor 'qkv' has the shape [5, 3], the configuration asks for [3, 3]");
}

BOOST_AUTO_TEST_CASE(float64_is_read) {
  const std::vector<double> x = {0.1, -2, 1e-3};
  store({{"w", DType::F64, {3}, x.data()}});
  BOOST_TEST(numbers_of(load({{"w", {3}}}, {}), "w") == (std::vector<float>{0.1f, -2, 1e-3f}));
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_named_with_tensor_row_and_count) {
  std::vector<float> x = counted(6);
  x[2] = NAN;
  x[5] = -INFINITY;
  store({{"w", DType::F32, {3, 2}, x.data()}});
  for (const auto format : {kernels::Format::Float32, kernels::Format::BFloat16,
                            kernels::Format::Float16, kernels::Format::BFloat16Residual})
    check_refusal(
        [&] {
          load({{"w", {3, 2}}}, {}, format);
        },
        "tensor 'w' holds 2 numbers that are NaN or infinite, the first in row 1");
  check_refusal(
      [&] {
        load({{"w", {2, 3}}}, CheckpointMap().transpose("w", "w"));
      },
      "tensor 'w' holds 2 numbers");
  const std::vector<double> large = {1, 1e300};
  store({{"v", DType::F64, {2}, large.data()}});
  check_refusal(
      [&] {
        load({{"v", {2}}}, {});
      },
      "holds 1 number that is NaN or infinite, in row 1");
}

BOOST_AUTO_TEST_CASE(numbers_that_a_shorter_type_cannot_hold_are_named) {
  const std::vector<float> x = {1, 2, 3, 70000, 5, 3.4e38f};
  store({{"w", DType::F32, {3, 2}, x.data()}});
  check_refusal(
      [&] {
        load({{"w", {3, 2}}}, {}, kernels::Format::Float16);
      },
      "tensor 'w' holds 2 of the numbers that are too large for float16");
  BOOST_CHECK_NO_THROW(load({{"w", {3, 2}}}, {}, kernels::Format::Float32));
  const std::vector<float> largest = {3.4028234e38f, 1};
  store({{"w", DType::F32, {1, 2}, largest.data()}});
  check_refusal(
      [&] {
        load({{"w", {1, 2}}}, {}, kernels::Format::BFloat16);
      },
      "too large for bfloat16");
}

BOOST_AUTO_TEST_CASE(a_prefix_of_a_wrapper_is_named_with_how_to_take_it_off) {
  const std::vector<float> x = counted(2);
  for (const std::string prefix : {"_orig_mod.", "module.", "base_model.model."}) {
    store(
        {{prefix + "a.w", DType::F32, {2}, x.data()}, {prefix + "b.w", DType::F32, {2}, x.data()}});
    check_refusal([&] { load({{"a.w", {2}}}, {}); }, "the names of all begin with \"" + prefix);
    check_refusal([&] { load({{"a.w", {2}}}, {}); }, "k.removeprefix('" + prefix);
  }
}

BOOST_AUTO_TEST_CASE(what_is_inside_a_layer_and_not_used_is_refused_and_other_tensors_are_not) {
  const std::vector<float> x = counted(2, 1), zeros = {0, 0};
  const auto unused = [&](const std::string& name, const std::vector<float>& numbers) {
    store({{"m.layers.0.w", DType::F32, {2}, x.data()}, {name, DType::F32, {2}, numbers.data()}});
    std::set<std::string> taken;
    const SafetensorsCheckpoint checkpoint(folder.path());
    load_parameters({{"m.layers.0.w", {2}}}, checkpoint, {}, kernels::Format::Float32, &taken);
    return unused_tensors(checkpoint, CheckpointMap().ignore("cls.").keep("cls.kept."), taken);
  };
  const auto kept = [&](const std::string& name, const std::vector<float>& numbers) {
    const std::vector<StoredTensor> tensors = unused(name, numbers);
    return tensors.size() == 1 && tensors[0].name == name && tensors[0].dtype == DType::F32 &&
           tensors[0].shape == std::vector<std::int64_t>{2} &&
           std::memcmp(tensors[0].bytes.data(), numbers.data(), 8) == 0;
  };
  check_refusal([&] { unused("m.layers.0.w.bias", x); }, "holds a bias of the model's layers");
  check_refusal([&] { unused("m.layers.0.w.bias", x); }, "\"attention_bias\"");
  check_refusal([&] { unused("m.layers.0.q_norm.weight", x); },
                "holds a tensor of the model's layers");
  BOOST_TEST(kept("m.layers.0.w.bias", zeros));
  BOOST_TEST(kept("value_head.weight", x));
  BOOST_TEST(kept("cls.kept.head", x));
  BOOST_TEST(unused("m.layers.0.rotary_emb.inv_freq", x).empty());
  BOOST_TEST(unused("cls.head", x).empty());
}

BOOST_AUTO_TEST_CASE(tensors_of_any_type_are_kept_and_buffers_are_not) {
  const std::vector<float> x = counted(2, 1);
  const std::vector<std::uint64_t> any = {0xFC00FC00FC00FC00, 3};  // -inf, as float16
  store({{"m.layers.0.w", DType::F32, {2}, x.data()},
         {"m.layers.0.steps", DType::I64, {2}, any.data()},
         {"m.layers.0.attention.bias", DType::Bool, {1, 1, 2, 2}, any.data()},
         {"m.layers.0.attention.masked_bias", DType::F16, {}, any.data()},
         {"embeddings.position_ids", DType::I64, {1, 2}, any.data()},
         {"h.0.attn.bias", DType::F32, {1, 1, 2, 2}, any.data()},
         {"limits", DType::F16, {2, 1, 2}, any.data()},
         {"number", DType::F64, {}, any.data()},
         {"nothing", DType::F32, {0, 4}, any.data()},
         {"quantised", DType::F8E4M3, {16}, any.data()}});
  std::set<std::string> taken;
  const SafetensorsCheckpoint checkpoint(folder.path());
  const Parameters parameters =
      load_parameters({{"m.layers.0.w", {2}}}, checkpoint, {}, kernels::Format::Float32, &taken);
  const std::vector<StoredTensor> kept = unused_tensors(checkpoint, {}, taken);
  save_parameters(parameters, {}, kept, folder / "saved.safetensors");
  const SafetensorsFile before(folder / "model.safetensors"), after(folder / "saved.safetensors");
  std::vector<std::string> names;
  for (const TensorInfo& tensor : after.tensors()) {
    names.push_back(tensor.name);
    const TensorInfo& original = before.at(tensor.name);
    BOOST_TEST((tensor.dtype == original.dtype && tensor.shape == original.shape), tensor.name);
    BOOST_TEST(std::ranges::equal(after.data(tensor), before.data(original)), tensor.name);
  }
  std::sort(names.begin(), names.end());
  const std::vector<std::string> expected = {"limits",  "m.layers.0.steps", "m.layers.0.w",
                                             "nothing", "number",           "quantised"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_parameter_goes_before_a_kept_tensor_of_its_name) {
  const std::vector<float> x = counted(2, 1);
  store({{"w", DType::F32, {2}, x.data()}});
  const Parameters parameters = load({{"w", {2}}}, {});
  const std::vector<StoredTensor> others = {{"w", DType::I32, {1}, "1234"},
                                            {"v", DType::I32, {1}, "1234"}};
  save_parameters(parameters, {}, others, folder / "saved.safetensors");
  const SafetensorsFile saved(folder / "saved.safetensors");
  BOOST_TEST(saved.tensors().size() == 2u);
  BOOST_TEST((saved.at("w").dtype == DType::F32));
}

BOOST_AUTO_TEST_CASE(a_gguf_file_s_tensors_are_kept_as_safetensors_can_hold_them) {
  const auto write = [&](testing::GgufBuilder& builder, const std::string& bytes) {
    testing::write_bytes(folder / "m.gguf", builder.bytes(3) + bytes);
    return GgufFile(folder / "m.gguf");
  };
  testing::GgufBuilder builder;
  builder.tensor("f16", GgmlType::F16, {2}, 0);
  builder.tensor("q8_1", GgmlType::Q8_1, {32, 1}, 32);
  std::string bytes = "abcd" + std::string(28, '\0');
  bytes += testing::bytes_of<std::uint32_t>(0x3C00) + std::string(32, '\2');  // 1 · 2
  const GgufFile file = write(builder, bytes);
  const GgufCheckpoint checkpoint(file);
  const StoredTensor half = checkpoint.stored("f16"), quantised = checkpoint.stored("q8_1");
  BOOST_TEST((half.dtype == DType::F16 && half.bytes == "abcd"));
  BOOST_TEST((quantised.dtype == DType::F32 && quantised.bytes.size() == 128u));
  BOOST_TEST(quantised.bytes.substr(124) == testing::bytes_of(2.0f));
  testing::GgufBuilder vocabulary, nothing;
  vocabulary.entry("tokenizer.ggml.tokens", GgufType::Array,
                   testing::GgufBuilder::array(GgufType::String, 0, ""));
  const GgufFile tokens = write(vocabulary, "");
  check_refusal([&] { GgufCheckpoint{tokens}; }, "holds a vocabulary alone, no weights");
  const GgufFile empty = write(nothing, "");
  check_refusal([&] { GgufCheckpoint{empty}; }, "holds no weights");
}

// One file of each, and the folder prefers safetensors.
BOOST_AUTO_TEST_CASE(a_folder_of_pytorch_s_files_gives_the_same_numbers) {
  const std::filesystem::path data = std::filesystem::path(TRAINBUS_TEST_DATA) / "torch";
  const testing::ScratchFolder torch;
  for (const char* name : {"views", "old_views", "training", "attributes"}) {
    const std::string stem(name);
    std::filesystem::copy(data / (stem + ".bin"), torch / "pytorch_model.bin",
                          std::filesystem::copy_options::overwrite_existing);
    const auto found = open_checkpoint(torch.path());
    const SafetensorsCheckpoint expected(data / (stem + ".safetensors"));
    BOOST_TEST(found->names() == expected.names(), boost::test_tools::per_element());
    for (const std::string& tensor : expected.names()) {
      const StoredTensor a = found->stored(tensor), b = expected.stored(tensor);
      BOOST_TEST((a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes), tensor);
      if (a.dtype != DType::F32 && a.dtype != DType::F16) continue;
      const std::int64_t rows = a.shape.size() < 2 ? 1 : a.shape.front();
      std::vector<float> x(a.bytes.size()), y(a.bytes.size());
      for (std::int64_t row = 0; row < rows; ++row) {
        found->read(tensor, row, row + 1, x.data());
        expected.read(tensor, row, row + 1, y.data());
        BOOST_TEST(x == y, tensor << ", row " << row);
      }
      check_refusal([&] { found->read(tensor, 0, rows + 1, x.data()); }, "were asked for");
    }
  }
  const std::vector<float> x = counted(2, 1);
  write_safetensors(torch / "model.safetensors",
                    std::vector<TensorSource>{{"a", DType::F32, {2}, x.data()}});
  BOOST_TEST(open_checkpoint(torch.path())->names() == std::vector<std::string>{"a"},
             boost::test_tools::per_element());
  BOOST_TEST(open_checkpoint(torch / "pytorch_model.bin")->has("0.weight"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
