// Identification of files of an unexpected kind, and of a folder's content without weights.
#include "formats/foreign_file.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "file_bytes.hpp"
#include "formats/gguf/gguf.hpp"
#include "formats/tensor_set.hpp"
#include "refusal.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using namespace std::string_literals;
using testing::check_refusal;
using testing::write_bytes;

constexpr FileKind all_kinds[] = {FileKind::Text, FileKind::Safetensors, FileKind::Gguf,
                                  FileKind::Torch};

BOOST_AUTO_TEST_SUITE(foreign_file)

BOOST_AUTO_TEST_CASE(what_stands_in_a_file_s_place_is_named_with_what_to_do) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 15728\n";
  const struct {
    std::string bytes, what, remedy;
  } cases[] = {
      {"", "is empty", "get it again"},
      {" \n", "holds nothing but white space", "get it again"},
      {pointer, "is a git-lfs pointer of 70 bytes", "git -C 'models/a' lfs pull"},
      {"<!DOCTYPE html>\n<html>", "is an HTML page", "resolve"},
      {"\xEF\xBB\xBF  <HTML lang=en>", "is an HTML page", "resolve"},
      {"<?xml version='1.0'?><Error>", "is an XML page", "resolve"},
      {"Entry not found", "is the text \"Entry not found\"", "download the file again"},
      {"{\"error\":\"Repository not found\"}", "is the text", "download the file again"},
      {"\x80\4\x95"s, "is a Python pickle", "save_pretrained"},
      {"\x89HDF\r\n\x1A\n", "is an HDF5 file", "save_pretrained"},
      {"\x08\x07\x12\x07pytorch", "is an ONNX model", "save_pretrained"},
      {"\x1F\x8B\x08\0\0\0\0\0\0\0"s, "is packed with gzip", "Unpack"},
      {"\xFF\xFE{\0\"\0"s, "is UTF-16 text", "UTF-8"},
  };
  for (const auto& one : cases)
    for (const FileKind kind : all_kinds) {
      if (kind == FileKind::Text && one.what == "holds nothing but white space") continue;
      check_refusal([&] { refuse_foreign(one.bytes, "models/a/file", kind); }, one.what);
      check_refusal([&] { refuse_foreign(one.bytes, "models/a/file", kind); }, one.remedy);
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_pytorch_under_another_name_says_how_it_is_read) {
  for (const std::string& bytes :
       {"PK\3\4\0\0\0\0archive/data.pkl"s, "\x80\2\x8A\nl\xFC\x9C\x46\xF9"s}) {
    check_refusal([&] { refuse_foreign(bytes, "model.safetensors", FileKind::Safetensors); },
                  "as torch.save writes, expected safetensors weights");
    check_refusal([&] { refuse_foreign(bytes, "model.safetensors", FileKind::Safetensors); },
                  "call it pytorch_model.bin");
    check_refusal([&] { refuse_foreign(bytes, "a.bin", FileKind::Gguf); },
                  "Give --model the folder");
    BOOST_CHECK_NO_THROW(refuse_foreign(bytes, "pytorch_model.bin", FileKind::Torch));
  }
}

BOOST_AUTO_TEST_CASE(the_expected_kind_passes_and_one_kind_in_the_place_of_another_is_named) {
  const std::string weights = "\x02\0\0\0\0\0\0\0{}"s, gguf = "GGUF\3\0\0\0"s;
  // The length 0x0280 begins as a pickle does.
  BOOST_CHECK_NO_THROW(
      refuse_foreign("\x80\2\0\0\0\0\0\0{"s, "model.safetensors", FileKind::Safetensors));
  BOOST_CHECK_NO_THROW(refuse_foreign(weights, "model.safetensors", FileKind::Safetensors));
  BOOST_CHECK_NO_THROW(refuse_foreign(gguf, "m", FileKind::Gguf));
  BOOST_CHECK_NO_THROW(refuse_foreign("{\"a\": 1}", "config.json", FileKind::Text));
  BOOST_CHECK_NO_THROW(refuse_foreign("[PAD]\n", "vocab.txt", FileKind::Text));
  check_refusal([&] { refuse_foreign(weights, "m.gguf", FileKind::Gguf); },
                "is a safetensors file");
  check_refusal([&] { refuse_foreign(gguf, "m", FileKind::Safetensors); }, "--model m");
  check_refusal([&] { refuse_foreign(gguf, "config.json", FileKind::Text); }, "is a GGUF file");
}

BOOST_AUTO_TEST_CASE(readers_of_weights_look_at_the_bytes_first) {
  const testing::ScratchFolder folder;
  write_bytes(folder / "model.safetensors", "version https://git-lfs.github.com/spec/v1\n");
  check_refusal([&] { SafetensorsSet(folder.path()); }, "git-lfs pointer");
  write_bytes(folder / "m.gguf", "Not Found");
  check_refusal([&] { GgufFile(folder / "m.gguf"); }, "is the text \"Not Found\"");
  BOOST_TEST(!is_gguf(folder / "m.gguf"));
  BOOST_TEST(!is_gguf(folder / "absent"));
  write_bytes(folder / "model.bin", "GGUF\3");
  BOOST_TEST(is_gguf(folder / "model.bin"));
}

BOOST_AUTO_TEST_CASE(a_folder_without_weights_says_what_it_holds_and_how_to_get_them) {
  const auto refuses = [](const std::string& name, const std::string& what,
                          const std::string& remedy, const std::string& text = "{}") {
    const testing::ScratchFolder folder;
    write_bytes(folder / "config.json", R"({"architectures":["OPTForCausalLM"]})");
    write_bytes(folder / name, text);
    check_refusal([&] { SafetensorsSet(folder.path()); }, what);
    check_refusal([&] { TorchSet(folder.path()); }, remedy);
  };
  refuses("pytorch_model-00001-of-00002.bin", "a shard, but not pytorch_model.bin.index.json",
          "Get the index");
  refuses("weights.bin", "under another name than pytorch_model.bin", "rename the file");
  refuses("tf_model.h5", "TensorFlow's weights", "from_tf=True");
  refuses("flax_model.msgpack", "Flax's weights", "from_flax=True");
  refuses("model.onnx", "an ONNX model", "model.safetensors");
  refuses("consolidated.00.pth", "in their maker's own layout", "Hugging Face's layout");
  refuses("consolidated.safetensors", "in their maker's own layout", "Hugging Face's layout");
  refuses("model.fp16.safetensors", "under another name", "rename the file to model.safetensors");
  refuses("model-00001-of-00002.safetensors", "a shard, but not model.safetensors.index.json",
          "Get the index");
  refuses("m.Q8_0.gguf", "a GGUF file", "Give --model that file");
  refuses("adapter_config.json", "is a PEFT adapter of org/base, not a whole model",
          "merge_and_unload()", R"({"base_model_name_or_path":"org/base"})");
  const testing::ScratchFolder empty;
  check_refusal([&] { SafetensorsSet(empty.path()); }, "holds no weights");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
