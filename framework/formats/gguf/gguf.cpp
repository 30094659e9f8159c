#include "formats/gguf/gguf.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "formats/foreign_file.hpp"
#include "formats/gguf/blocks.hpp"
#include "formats/gguf/parser.hpp"

namespace trainbus {

std::string_view ggml_type_name(GgmlType type) {
  // Indexed by ggml's type numbers; empty: never used, or no longer used.
  constexpr std::array<std::string_view, 41> names = {
      "F32",   "F16",        "Q4_0",       "Q4_1",       "Q4_2",     "Q4_3",     "Q5_0",
      "Q5_1",  "Q8_0",       "Q8_1",       "Q2_K",       "Q3_K",     "Q4_K",     "Q5_K",
      "Q6_K",  "Q8_K",       "IQ2_XXS",    "IQ2_XS",     "IQ3_XXS",  "IQ1_S",    "IQ4_NL",
      "IQ3_S", "IQ2_S",      "IQ4_XS",     "I8",         "I16",      "I32",      "I64",
      "F64",   "IQ1_M",      "BF16",       "Q4_0_4_4",   "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",
      "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4",    "NVFP4"};
  const auto number = static_cast<std::size_t>(type);
  return number < names.size() ? names[number] : "of an unknown type";
}

std::string readable_ggml_types() {
  std::string names;
  for (std::uint32_t number = 0; number < 64; ++number)
    if (const auto type = static_cast<GgmlType>(number); ggml_block(type).elements != 0)
      names += (names.empty() ? "" : ", ") + std::string(ggml_type_name(type));
  return names;
}

std::int64_t GgufTensor::rows() const {
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

GgufFile::GgufFile(const std::filesystem::path& path) {
  MappedFile file(path);
  refuse_foreign(file.text(), path, FileKind::Gguf);
  GgufContents contents = parse_gguf(file.bytes(), path.string());
  const GgufPart part = gguf_part(contents.metadata, path.string());
  if (part.count == 1) {
    files_.push_back(std::move(file));
    take(std::move(contents));
    return;
  }
  for (const std::filesystem::path& each : gguf_part_paths(path, part))
    open_part(each, files_.size(), part.count);
  const std::optional<std::int64_t> tensors = integer("split.tensors.count");
  if (tensors && static_cast<std::uint64_t>(*tensors) != tensors_.size())
    throw UsageError("and the other parts hold " + std::to_string(tensors_.size()) +
                         " tensors, expected " + std::to_string(*tensors),
                     this->path().string(), "Get all parts again, from one source.");
}

void GgufFile::open_part(const std::filesystem::path& path, std::uint64_t number,
                         std::uint64_t count) {
  MappedFile file(path);
  refuse_foreign(file.text(), path, FileKind::Gguf);
  GgufContents contents = parse_gguf(file.bytes(), path.string());
  const GgufPart found = gguf_part(contents.metadata, path.string());
  if (found.number != number || found.count != count)
    throw UsageError("is part " + std::to_string(found.number + 1) + " of " +
                         std::to_string(found.count) + ", expected " + std::to_string(number + 1) +
                         " of " + std::to_string(count) + " from its name",
                     path.string(), "Get all parts again, from one source.");
  files_.push_back(std::move(file));
  take(std::move(contents));
}

// Of the newest file. The metadata is that of the first, the others only say which part they are.
void GgufFile::take(GgufContents contents) {
  if (files_.size() == 1) {
    version_ = contents.version;
    metadata_ = std::move(contents.metadata);
  }
  data_offsets_.push_back(contents.data_offset);
  for (GgufTensor& tensor : contents.tensors) {
    tensor.part = static_cast<std::uint32_t>(files_.size() - 1);
    if (!index_.emplace(tensor.name, tensors_.size()).second)
      throw UsageError("has the tensor \"" + tensor.name + "\", which is also in another part",
                       files_.back().path().string(), "Get all parts again, from one source.");
    tensors_.push_back(std::move(tensor));
  }
}

const GgufTensor* GgufFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const GgufTensor& GgufFile::at(std::string_view name) const {
  if (const GgufTensor* tensor = find(name)) return *tensor;
  throw UsageError(
      "has no tensor \"" + std::string(name) + "\" among its " + std::to_string(tensors_.size()),
      path().string(), "Use a complete file of this architecture.");
}

std::span<const std::byte> GgufFile::data(const GgufTensor& tensor) const {
  return files_[tensor.part].bytes().subspan(data_offsets_[tensor.part] + tensor.offset,
                                             tensor.bytes);
}

const GgufValue* GgufFile::value(std::string_view key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? nullptr : &found->second;
}

void GgufFile::refuse_value(std::string_view key, std::string_view expected) const {
  throw UsageError("metadata \"" + std::string(key) + "\" is " + gguf_text(*value(key)) +
                       ", expected " + std::string(expected),
                   path().string(), "Convert the model again with a current llama.cpp.");
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string_view>(found)) return *text;
  refuse_value(key, "a string");
}

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(found)) return *number;
  const auto* number = std::get_if<std::uint64_t>(found);
  if (number != nullptr && std::in_range<std::int64_t>(*number))
    return static_cast<std::int64_t>(*number);
  refuse_value(key, "an integer");
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(found)) return *number;
  if (const auto* number = std::get_if<float>(found)) {
    // The double nearest to the float's shortest decimal: 1e-05, not 9.999999747378752e-06.
    const std::string text = gguf_text(*number);
    double decimal = *number;
    std::from_chars(text.data(), text.data() + text.size(), decimal);
    return decimal;
  }
  if (std::holds_alternative<std::uint64_t>(*found) || std::holds_alternative<std::int64_t>(*found))
    return static_cast<double>(*integer(key));
  refuse_value(key, "a number");
}

std::optional<bool> GgufFile::flag(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(found)) return *flag;
  refuse_value(key, "a bool");
}

std::optional<std::vector<std::string_view>> GgufFile::texts(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* array = std::get_if<GgufArray>(found))
    if (auto strings = gguf_strings(*array)) return strings;
  refuse_value(key, "an array of strings");
}

std::optional<std::vector<std::int64_t>> GgufFile::integers(std::string_view key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* array = std::get_if<GgufArray>(found))
    if (auto integers = gguf_integers(*array)) return integers;
  refuse_value(key, "an array of integers");
}

}  // namespace trainbus
