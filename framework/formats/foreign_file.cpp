#include "formats/foreign_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include "core/io/error.hpp"
#include "formats/safetensors/header.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what;
  std::string remedy;
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_message = 4096;

std::string_view without_space(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool starts_with_any_case(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

// The header length at the start of a safetensors file, if the bytes after it look like its header.
bool begins_as_safetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length + 1) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= largest_safetensors_header && bytes[sizeof length] == '{';
}

// ASCII that a server might write.
bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 ? c != '\n' && c != '\r' && c != '\t' : byte >= 0x7F;
  });
}

const char* name_of(FileKind kind) {
  switch (kind) {
    case FileKind::Text:
      return "text";
    case FileKind::Safetensors:
      return "safetensors weights";
    case FileKind::Torch:
      return "a state dict of torch.save";
    case FileKind::Gguf:
      break;
  }
  return "a GGUF file";
}

std::string folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? "." : folder.string();
}

// What a failed download leaves in a file's place.
std::optional<Finding> find_download(std::string_view bytes, const fs::path& path) {
  constexpr std::string_view again =
      "Download the file itself: on huggingface.co from …/resolve/…, not …/blob/….";
  if (bytes.empty()) return Finding{"is empty", "The download did not finish; get it again."};
  for (const std::string_view pointer :
       {"version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"})
    if (bytes.starts_with(pointer))
      return Finding{"is a git-lfs pointer of " + std::to_string(bytes.size()) +
                         " bytes, not the file that it stands for",
                     "Run: git -C '" + folder_of(path) + "' lfs pull"};
  const std::string_view text = without_space(bytes.substr(0, longest_message));
  for (const std::string_view page : {"<!doctype", "<html", "<head", "<body"})
    if (starts_with_any_case(text, page)) return Finding{"is an HTML page", std::string(again)};
  if (starts_with_any_case(text, "<?xml"))
    return Finding{"is an XML page, a server's message as a rule", std::string(again)};
  return std::nullopt;
}

// A short text instead of a binary file, or an error message instead of JSON.
std::optional<Finding> find_message(std::string_view bytes, FileKind expected) {
  if (bytes.size() > longest_message || !is_printable(bytes)) return std::nullopt;
  const std::string_view text = without_space(bytes);
  if (text.empty())
    return Finding{"holds nothing but white space", "The download did not finish; get it again."};
  const std::string_view line = text.substr(0, std::min(text.find_first_of("\r\n"), text.size()));
  const bool message = expected != FileKind::Text || starts_with_any_case(text, "{\"error\"") ||
                       line == "Entry not found" || line == "Not Found" ||
                       line == "404: Not Found" || line == "Repository not found" ||
                       line.starts_with("Access to ") || line.starts_with("Invalid ");
  if (!message) return std::nullopt;
  constexpr std::size_t longest = 60;
  return Finding{"is the text \"" + std::string(line.substr(0, longest)) +
                     (line.size() > longest ? "…" : "") + "\"",
                 "A server's message was saved in the file's place; download the file again."};
}

struct Magic {
  std::string_view bytes;
  std::string_view what;
  std::string_view remedy;
};
using namespace std::string_view_literals;
constexpr std::string_view unpack = "Unpack it first.";
constexpr std::string_view from_transformers =
    "Save the weights as safetensors: load the model in transformers and call save_pretrained.";
constexpr std::array magics = {
    Magic{"\x80\3"sv, "is a Python pickle", from_transformers},
    Magic{"\x80\4"sv, "is a Python pickle", from_transformers},
    Magic{"\x80\5"sv, "is a Python pickle", from_transformers},
    Magic{"\x89HDF"sv, "is an HDF5 file, as Keras writes", from_transformers},
    Magic{"\x93NUMPY"sv, "is a NumPy array", from_transformers},
    Magic{"\x08\x03\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x04\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x06\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x07\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x08\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x09\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x08\x0A\x12"sv, "is an ONNX model", from_transformers},
    Magic{"\x1F\x8B"sv, "is packed with gzip", unpack},
    Magic{"\x28\xB5\x2F\xFD"sv, "is packed with zstd", unpack},
    Magic{"BZh"sv, "is packed with bzip2", unpack},
    Magic{"\xFD"
          "7zXZ"sv,
          "is packed with xz", unpack},
    Magic{"7z\xBC\xAF"sv, "is a 7z archive", unpack},
    Magic{"lmgg"sv, "is a GGML file, from before GGUF", "Take a GGUF file of the same model."},
    Magic{"fmgg"sv, "is a GGML file, from before GGUF", "Take a GGUF file of the same model."},
    Magic{"tjgg"sv, "is a GGML file, from before GGUF", "Take a GGUF file of the same model."},
    Magic{"algg"sv, "is a GGML adapter, from before GGUF", "Merge it into its model first."},
    Magic{"\xFF\xFE"sv, "is UTF-16 text", "Save it as UTF-8."},
    Magic{"\xFE\xFF"sv, "is UTF-16 text", "Save it as UTF-8."},
};

bool is_tar(std::string_view bytes) {
  constexpr std::size_t place = 257;
  return bytes.size() > place && bytes.substr(place).starts_with("ustar");
}

std::optional<Finding> find_format(std::string_view bytes, const fs::path& path,
                                   FileKind expected) {
  for (const Magic& magic : magics)
    if (bytes.starts_with(magic.bytes))
      return Finding{std::string(magic.what), std::string(magic.remedy)};
  if (is_tar(bytes))
    return Finding{"is a tar archive", expected == FileKind::Torch
                                           ? "If torch.save wrote it (before 2017), load it in "
                                             "PyTorch and save it again; else unpack it."
                                           : std::string(unpack)};
  if (begins_as_torch(bytes))
    return Finding{bytes.starts_with("PK") ? "is a zip archive, as torch.save writes"
                                           : "is a Python pickle, as torch.save writes",
                   expected == FileKind::Safetensors
                       ? "If it holds the model's weights, call it pytorch_model.bin."
                       : "Give --model the folder that holds it, with config.json and a "
                         "tokenizer."};
  if (expected != FileKind::Gguf && begins_as_gguf(bytes))
    return Finding{"is a GGUF file", "Give --model the file itself: --model " + path.string()};
  if (expected != FileKind::Safetensors && begins_as_safetensors(bytes))
    return Finding{"is a safetensors file",
                   "Give --model the folder that holds it, with config.json and a tokenizer."};
  return std::nullopt;
}

}  // namespace

bool begins_as_gguf(std::string_view bytes) { return bytes.starts_with("GGUF"); }

bool begins_as_torch(std::string_view bytes) {
  return bytes.starts_with("PK\3\4") || bytes.starts_with("\x80\2");
}

bool is_gguf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> head = {};
  return file.read(head.data(), head.size()) && begins_as_gguf({head.data(), head.size()});
}

void refuse_foreign(std::string_view bytes, const fs::path& path, FileKind expected) {
  if (expected == FileKind::Safetensors && begins_as_safetensors(bytes)) return;
  if (expected == FileKind::Gguf && begins_as_gguf(bytes)) return;
  if (expected == FileKind::Torch && begins_as_torch(bytes)) return;
  std::optional<Finding> found = find_download(bytes, path);
  if (!found) found = find_format(bytes, path, expected);
  if (!found) found = find_message(bytes, expected);
  if (found)
    throw UsageError(found->what + ", expected " + name_of(expected), path.string(), found->remedy);
}

}  // namespace trainbus
