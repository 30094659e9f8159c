#include "formats/gguf/parser.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/io/error.hpp"
#include "formats/byte_reader.hpp"
#include "formats/dtype.hpp"
#include "formats/gguf/blocks.hpp"

namespace trainbus {
namespace {

constexpr std::string_view damaged =
    "The file is cut off or damaged; get it again from its source.";

class Parser {
 public:
  Parser(std::span<const std::byte> file, const std::string& where)
      : file_(file), reader_(file, where), where_(where) {}

  GgufContents parse();

 private:
  [[noreturn]] void refuse(const std::string& what, std::string_view remedy = damaged) const {
    throw UsageError(what, where_, remedy);
  }

  std::string_view read_string(std::string_view what) {
    return reader_.text(reader_.read<std::uint64_t>(what), what);
  }

  // A count of things that take at least `smallest` bytes each.
  std::uint64_t read_count(std::string_view what, std::uint64_t smallest) {
    const auto count = reader_.read<std::uint64_t>(what);
    if (count > reader_.left() / smallest)
      refuse("announces " + std::to_string(count) + " " + std::string(what) + ", but only " +
             std::to_string(reader_.left()) + " bytes are left");
    return count;
  }

  GgufType read_type(const std::string& key);
  bool read_bool(const std::string& key);
  GgufValue read_value(GgufType type, const std::string& key, int depth);
  GgufArray read_array(const std::string& key, int depth);
  void read_metadata(std::uint64_t count, GgufContents& contents);
  GgufTensor read_tensor();
  void check_types(const GgufContents& contents) const;
  std::uint64_t alignment(const GgufContents& contents) const;
  void check_layout(const GgufContents& contents, std::uint64_t align) const;

  std::span<const std::byte> file_;
  ByteReader reader_;
  const std::string& where_;
};

GgufType Parser::read_type(const std::string& key) {
  const auto number = reader_.read<std::uint32_t>("metadata");
  if (number > static_cast<std::uint32_t>(GgufType::Float64))
    refuse("metadata \"" + key + "\" is of type " + std::to_string(number) +
           ", known are 0 (uint8) to 12 (float64)");
  return static_cast<GgufType>(number);
}

bool Parser::read_bool(const std::string& key) {
  const auto number = reader_.read<std::uint8_t>("metadata");
  if (number > 1) refuse("metadata \"" + key + "\" is a bool of value " + std::to_string(number));
  return number == 1;
}

GgufValue Parser::read_value(GgufType type, const std::string& key, int depth) {
  constexpr std::string_view what = "metadata";
  switch (type) {
    case GgufType::Uint8:
      return std::uint64_t{reader_.read<std::uint8_t>(what)};
    case GgufType::Int8:
      return std::int64_t{reader_.read<std::int8_t>(what)};
    case GgufType::Uint16:
      return std::uint64_t{reader_.read<std::uint16_t>(what)};
    case GgufType::Int16:
      return std::int64_t{reader_.read<std::int16_t>(what)};
    case GgufType::Uint32:
      return std::uint64_t{reader_.read<std::uint32_t>(what)};
    case GgufType::Int32:
      return std::int64_t{reader_.read<std::int32_t>(what)};
    case GgufType::Float32:
      return reader_.read<float>(what);
    case GgufType::Bool:
      return read_bool(key);
    case GgufType::String:
      return read_string(what);
    case GgufType::Array:
      return read_array(key, depth);
    case GgufType::Uint64:
      return reader_.read<std::uint64_t>(what);
    case GgufType::Int64:
      return reader_.read<std::int64_t>(what);
    case GgufType::Float64:
      return reader_.read<double>(what);
  }
  refuse("metadata \"" + key + "\" is of an unknown type");
}

GgufArray Parser::read_array(const std::string& key, int depth) {
  constexpr int deepest = 4;
  if (depth > deepest) refuse("metadata \"" + key + "\" nests arrays too deeply");
  GgufArray array;
  array.type = read_type(key);
  const std::size_t size = gguf_type_bytes(array.type);
  constexpr std::uint64_t smallest_string = 8, smallest_array = 12;
  array.count = read_count("array elements", size != 0                        ? size
                                             : array.type == GgufType::String ? smallest_string
                                                                              : smallest_array);
  const std::uint64_t begin = reader_.position();
  if (size != 0 && array.type != GgufType::Bool)
    reader_.take(array.count * size, "metadata");
  else
    for (std::uint64_t i = 0; i < array.count; ++i) read_value(array.type, key, depth + 1);
  array.bytes = file_.subspan(begin, reader_.position() - begin);
  return array;
}

void Parser::read_metadata(std::uint64_t count, GgufContents& contents) {
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string key(read_string("metadata"));
    const GgufType type = read_type(key);
    GgufValue value = read_value(type, key, 0);
    const auto [place, fresh] = contents.metadata.try_emplace(std::move(key), value);
    if (!fresh) refuse("has the metadata key \"" + place->first + "\" twice");
  }
}

GgufTensor Parser::read_tensor() {
  constexpr std::string_view what = "the list of tensors";
  constexpr std::uint32_t most_axes = 4;
  GgufTensor tensor;
  tensor.name = read_string(what);
  const std::string name = "tensor \"" + tensor.name + "\"";
  const auto axes = reader_.read<std::uint32_t>(what);
  if (axes < 1 || axes > most_axes)
    refuse(name + " has " + std::to_string(axes) + " axes, expected 1 to " +
           std::to_string(most_axes));
  for (std::uint32_t i = 0; i < axes; ++i) {
    const auto extent = reader_.read<std::uint64_t>(what);
    if (extent > static_cast<std::uint64_t>(INT64_MAX)) refuse(name + " has an impossible shape");
    tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(extent));
  }
  tensor.type = static_cast<GgmlType>(reader_.read<std::uint32_t>(what));
  const GgmlBlock block = ggml_block(tensor.type);
  tensor.offset = reader_.read<std::uint64_t>(what);
  const std::optional<std::uint64_t> elements = element_count(tensor.shape);
  if (!elements) refuse(name + " has an impossible shape");
  if (block.elements == 0) return tensor;  // of a type that is not read: see check_types
  if (tensor.row_length() % block.elements != 0)
    refuse(name + " has rows of " + std::to_string(tensor.row_length()) +
           " elements, expected whole " + std::string(ggml_type_name(tensor.type)) + " blocks of " +
           std::to_string(block.elements));
  if (__builtin_mul_overflow(*elements / block.elements, block.bytes, &tensor.bytes))
    refuse(name + " has an impossible shape");
  return tensor;
}

void Parser::check_types(const GgufContents& contents) const {
  std::size_t count = 0;
  const GgufTensor* first = nullptr;
  for (const GgufTensor& tensor : contents.tensors)
    if (ggml_block(tensor.type).elements == 0 && count++ == 0) first = &tensor;
  if (first == nullptr) return;
  refuse("tensor \"" + first->name + "\" is " + std::string(ggml_type_name(first->type)) +
             " (ggml type " + std::to_string(static_cast<std::uint32_t>(first->type)) + "), as " +
             std::to_string(count) + " of the " + std::to_string(contents.tensors.size()) +
             " tensors are of types that are not read; read are " + readable_ggml_types(),
         "Run: llama-quantize --allow-requantize --pure '" + where_ + "' OUT.gguf Q8_0");
}

std::uint64_t Parser::alignment(const GgufContents& contents) const {
  const auto found = contents.metadata.find("general.alignment");
  if (found == contents.metadata.end()) return 32;
  const auto* number = std::get_if<std::uint64_t>(&found->second);
  constexpr std::uint64_t largest = 1u << 20;
  if (number == nullptr || *number < 1 || *number > largest || !std::has_single_bit(*number))
    refuse("general.alignment is " + gguf_text(found->second) +
           ", expected a power of two from 1 to " + std::to_string(largest));
  return *number;
}

void Parser::check_layout(const GgufContents& contents, std::uint64_t align) const {
  if (contents.data_offset > file_.size()) refuse("ends before its data section");
  const std::uint64_t data_bytes = file_.size() - contents.data_offset;
  std::vector<const GgufTensor*> order;
  std::unordered_set<std::string_view> names;
  for (const GgufTensor& tensor : contents.tensors) {
    if (!names.insert(tensor.name).second) refuse("has the tensor \"" + tensor.name + "\" twice");
    if (tensor.offset % align != 0)
      refuse("tensor \"" + tensor.name + "\" begins at byte " + std::to_string(tensor.offset) +
             " of the data, expected a multiple of " + std::to_string(align));
    if (tensor.offset > data_bytes || tensor.bytes > data_bytes - tensor.offset)
      refuse("tensor \"" + tensor.name + "\" takes " + std::to_string(tensor.bytes) +
             " bytes from byte " + std::to_string(tensor.offset) + " of the data, which has " +
             std::to_string(data_bytes));
    if (tensor.bytes > 0) order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(),
            [](const GgufTensor* a, const GgufTensor* b) { return a->offset < b->offset; });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (order[i - 1]->offset + order[i - 1]->bytes > order[i]->offset)
      refuse("tensors \"" + order[i - 1]->name + "\" and \"" + order[i]->name + "\" overlap");
}

GgufContents Parser::parse() {
  GgufContents contents;
  const auto magic = reader_.take(4, "the magic number");
  if (std::memcmp(magic.data(), "GGUF", 4) != 0)
    refuse("does not begin with GGUF", "Name a GGUF file.");
  contents.version = reader_.read<std::uint32_t>("the version");
  if (contents.version != 2 && contents.version != 3) {
    if (const std::uint32_t swapped = __builtin_bswap32(contents.version); swapped < 256)
      refuse("is a big-endian GGUF file of version " + std::to_string(swapped) +
                 ", read are little-endian ones",
             "Convert it with gguf-py's gguf_convert_endian.py FILE little.");
    refuse("is of GGUF version " + std::to_string(contents.version) + ", read are 2 and 3",
           "Convert the model again with a current llama.cpp.");
  }
  constexpr std::uint64_t smallest_tensor = 8 + 4 + 8 + 4 + 8, smallest_entry = 8 + 4 + 1;
  const std::uint64_t tensor_count = read_count("tensors", smallest_tensor);
  const std::uint64_t entry_count = read_count("metadata entries", smallest_entry);
  read_metadata(entry_count, contents);
  refuse_part_of_a_model(contents.metadata, where_);
  for (std::uint64_t i = 0; i < tensor_count; ++i) contents.tensors.push_back(read_tensor());
  check_types(contents);
  const std::uint64_t align = alignment(contents);
  contents.data_offset = (reader_.position() + align - 1) / align * align;
  if (contents.tensors.empty()) contents.data_offset = std::min(contents.data_offset, file_.size());
  check_layout(contents, align);
  return contents;
}

}  // namespace

GgufContents parse_gguf(std::span<const std::byte> file, const std::string& where) {
  return Parser(file, where).parse();
}

}  // namespace trainbus
