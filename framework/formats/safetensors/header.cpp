#include "formats/safetensors/header.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/json_fields.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view remedy = "The file is damaged; get it again from its source.";

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw UsageError(what, where, remedy);
}

std::map<std::string, std::string> parse_metadata(const json::value& value,
                                                  const std::string& where) {
  std::map<std::string, std::string> metadata;
  const JsonFields fields(value, where, std::string(metadata_key) + ".");
  for (const json::key_value_pair& entry : fields.members()) {
    if (!entry.value().is_string()) fields.refuse(entry.key(), "a string", remedy);
    metadata.emplace(entry.key(), entry.value().get_string());
  }
  return metadata;
}

std::vector<std::int64_t> parse_integers(const JsonFields& fields, std::string_view key) {
  std::vector<std::int64_t> numbers;
  for (const json::value& value : fields.array(key)) {
    if (!value.is_int64() || value.get_int64() < 0)
      fields.refuse(key, "a list of whole numbers from 0, not " + json_excerpt(value), remedy);
    numbers.push_back(value.get_int64());
  }
  return numbers;
}

TensorInfo parse_tensor(std::string_view name, const json::value& value, const std::string& where) {
  const JsonFields fields(value, where, std::string(name) + ".");
  for (const json::key_value_pair& entry : fields.members())
    if (entry.key() != "dtype" && entry.key() != "shape" && entry.key() != "data_offsets")
      fields.refuse(entry.key(), "only dtype, shape and data_offsets", remedy);
  TensorInfo tensor;
  tensor.name = name;
  const std::optional<DType> dtype = dtype_from_name(fields.text("dtype"));
  if (!dtype) fields.refuse("dtype", "a type of the safetensors format, such as F32 or BF16");
  tensor.dtype = *dtype;
  tensor.shape = parse_integers(fields, "shape");
  const std::vector<std::int64_t> offsets = parse_integers(fields, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    fields.refuse("data_offsets", "[begin, end] with begin <= end", remedy);
  tensor.offset = static_cast<std::uint64_t>(offsets[0]);
  tensor.bytes = static_cast<std::uint64_t>(offsets[1] - offsets[0]);
  const std::optional<std::uint64_t> expected = tensor_bytes(tensor.dtype, tensor.shape);
  if (!expected)
    refuse("tensor \"" + tensor.name + "\": its shape has no size that a file can hold", where);
  if (*expected != tensor.bytes)
    refuse("tensor \"" + tensor.name + "\" spans " + std::to_string(tensor.bytes) +
               " bytes, expected " + std::to_string(*expected) + " from its dtype and shape",
           where);
  return tensor;
}

// Every byte of the data belongs to exactly one tensor: there are no holes, overlaps or trailing
// bytes.
void check_layout(const std::vector<TensorInfo>& tensors, std::uint64_t data_bytes,
                  const std::string& where) {
  std::uint64_t end = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.offset != end)
      refuse("tensor \"" + tensor.name + "\" begins at byte " + std::to_string(tensor.offset) +
                 " of the data, expected " + std::to_string(end) + ", where the one before it ends",
             where);
    end += tensor.bytes;  // at most INT64_MAX: the end was parsed as one
  }
  if (end != data_bytes)
    refuse("the tensors take " + std::to_string(end) + " bytes, but the file holds " +
               std::to_string(data_bytes) + " bytes of data",
           where);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const std::string& where) {
  if (!text.starts_with('{')) refuse("the header does not begin with {", where);
  constexpr JsonLimits limits{.depth = 3, .values = std::size_t{1} << 23};
  const json::value document = parse_json(text, where, limits);
  SafetensorsHeader header;
  for (const json::key_value_pair& entry : JsonFields(document, where).members()) {
    if (entry.key() == metadata_key)
      header.metadata = parse_metadata(entry.value(), where);
    else
      header.tensors.push_back(parse_tensor(entry.key(), entry.value(), where));
  }
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorInfo& a, const TensorInfo& b) {
              return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
            });
  check_layout(header.tensors, data_bytes, where);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  const auto quoted = [](const std::string& text) { return json::serialize(json::string(text)); };
  std::string out = "{";
  if (!header.metadata.empty()) {
    out += "\"__metadata__\":{";
    for (const auto& [key, value] : header.metadata) out += quoted(key) + ":" + quoted(value) + ",";
    out.back() = '}';
    out += ',';
  }
  for (const TensorInfo& tensor : header.tensors) {
    out += quoted(tensor.name) + ":{\"dtype\":\"" + std::string(dtype_name(tensor.dtype)) +
           "\",\"shape\":[";
    for (const std::int64_t extent : tensor.shape) out += std::to_string(extent) + ",";
    if (!tensor.shape.empty()) out.pop_back();
    out += "],\"data_offsets\":[" + std::to_string(tensor.offset) + "," +
           std::to_string(tensor.offset + tensor.bytes) + "]},";
  }
  if (out.size() > 1) out.pop_back();
  out += '}';
  out.resize((out.size() + 7) / 8 * 8, ' ');
  return out;
}

}  // namespace trainbus
