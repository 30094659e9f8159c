#include "formats/torch/torch_tensors.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/io/error.hpp"
#include "formats/quoted_name.hpp"

namespace trainbus {
namespace {

using Kind = Pickle::Kind;

struct NamedType {
  std::string_view name;
  DType dtype;
};
// torch.FloatStorage, …
constexpr NamedType storage_types[] = {
    {"Float", DType::F32},  {"Half", DType::F16},        {"BFloat16", DType::BF16},
    {"Double", DType::F64}, {"Long", DType::I64},        {"Int", DType::I32},
    {"Short", DType::I16},  {"Char", DType::I8},         {"Byte", DType::U8},
    {"Bool", DType::Bool},  {"ComplexFloat", DType::C64}};
// torch.float32, …
constexpr NamedType number_types[] = {{"float32", DType::F32},
                                      {"float16", DType::F16},
                                      {"bfloat16", DType::BF16},
                                      {"float64", DType::F64},
                                      {"int64", DType::I64},
                                      {"int32", DType::I32},
                                      {"int16", DType::I16},
                                      {"int8", DType::I8},
                                      {"uint8", DType::U8},
                                      {"uint16", DType::U16},
                                      {"uint32", DType::U32},
                                      {"uint64", DType::U64},
                                      {"bool", DType::Bool},
                                      {"complex64", DType::C64},
                                      {"float8_e4m3fn", DType::F8E4M3},
                                      {"float8_e5m2", DType::F8E5M2},
                                      {"float8_e4m3fnuz", DType::F8E4M3FNUZ},
                                      {"float8_e5m2fnuz", DType::F8E5M2FNUZ},
                                      {"float8_e8m0fnu", DType::F8E8M0}};
constexpr std::string_view rebuild = "torch._utils _rebuild_tensor",
                           rebuild_v2 = "torch._utils _rebuild_tensor_v2",
                           rebuild_v3 = "torch._utils _rebuild_tensor_v3",
                           rebuild_parameter = "torch._utils _rebuild_parameter";
constexpr std::array other_globals = {std::string_view("collections OrderedDict"),
                                      std::string_view("torch Size"),
                                      std::string_view("_codecs encode"),  // bytes, in protocol 2
                                      rebuild,
                                      rebuild_v2,
                                      rebuild_v3,
                                      rebuild_parameter};

std::optional<DType> named(std::span<const NamedType> types, std::string_view name) {
  for (const NamedType& type : types)
    if (type.name == name) return type.dtype;
  return std::nullopt;
}

std::optional<DType> number_type(std::string_view global) {
  if (!global.starts_with("torch ")) return std::nullopt;
  return named(number_types, global.substr(6));
}

// U8 for storages without a type, whose elements are bytes.
std::optional<DType> storage_type(std::string_view global) {
  for (const std::string_view untyped : {"torch.storage UntypedStorage", "torch UntypedStorage"})
    if (global == untyped) return DType::U8;
  constexpr std::string_view end = "Storage";
  for (const std::string_view module : {"torch ", "torch.cuda "})
    if (global.starts_with(module) && global.ends_with(end)) {
      global.remove_prefix(module.size());
      return named(storage_types, global.substr(0, global.size() - end.size()));
    }
  return std::nullopt;
}

std::uint64_t bytes_of(DType dtype) { return dtype_bits(dtype) / 8; }

constexpr std::string_view remedy = "The file is damaged; get it again from its source.";

// The tensors of one dict.
class Tensors {
 public:
  Tensors(const Pickle& pickle, const std::function<StorageBytes(std::string_view)>& find,
          const std::string& where)
      : pickle_(pickle), find_(find), where_(where) {}

  bool is_tensor(PickleId id) const {
    for (int deepest = 0; deepest < 3; ++deepest) {
      const std::string_view callee = pickle_.callee(id);
      if (callee == rebuild || callee == rebuild_v2 || callee == rebuild_v3) return true;
      if (callee != rebuild_parameter || pickle_.arguments(id).empty()) return false;
      id = pickle_.arguments(id).front();
    }
    return false;
  }
  bool holds_tensors(PickleId dict) const {
    const std::span<const PickleId> items = pickle_.items(dict);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      if (pickle_.is(items[i], Kind::Text) && is_tensor(items[i + 1])) return true;
    return false;
  }
  PickleId state_dict() const;
  TorchTensor read(std::string_view name, PickleId id) const;

 private:
  [[noreturn]] void refuse(std::string_view name, const std::string& what) const {
    throw UsageError("tensor " + quoted_name(name) + " " + what, where_, remedy);
  }
  std::vector<std::int64_t> sizes(std::string_view name, PickleId tuple) const;
  void place(TorchTensor& tensor, const TorchStorage& storage, std::uint64_t first) const;

  const Pickle& pickle_;
  const std::function<StorageBytes(std::string_view)>& find_;
  const std::string& where_;
};

// The dict that holds the tensors: what training scripts put beside other things, which may be
// tensors too, or the top.
PickleId Tensors::state_dict() const {
  const PickleId top = pickle_.top();
  if (pickle_.is(top, Kind::Dict)) {
    for (const std::string_view key : {"state_dict", "model_state_dict", "model", "module"})
      if (const PickleId* below = pickle_.find(top, key);
          below != nullptr && pickle_.is(*below, Kind::Dict) && holds_tensors(*below))
        return *below;
    if (holds_tensors(top)) return top;
  }
  throw UsageError("holds no tensors under names, neither at the top nor under \"state_dict\"",
                   where_, "Save the model's state_dict() alone.");
}

std::vector<std::int64_t> Tensors::sizes(std::string_view name, PickleId tuple) const {
  // torch.Size is a class of its own where a tensor was pickled by hand.
  if (pickle_.callee(tuple) == "torch Size" && pickle_.arguments(tuple).size() == 1)
    tuple = pickle_.arguments(tuple).front();
  constexpr std::size_t most_axes = 64;
  const std::span<const PickleId> items = pickle_.items(tuple);
  if (!pickle_.is(tuple, Kind::Tuple) || items.size() > most_axes)
    refuse(name, "has a shape or strides that are none");
  std::vector<std::int64_t> numbers;
  for (const PickleId id : items) {
    if (!pickle_.is(id, Kind::Integer) || pickle_.integer(id) < 0)
      refuse(name, "has a shape or strides with what is no whole number from 0");
    numbers.push_back(pickle_.integer(id));
  }
  return numbers;
}

TorchTensor Tensors::read(std::string_view name, PickleId id) const {
  while (pickle_.callee(id) == rebuild_parameter) id = pickle_.arguments(id).front();
  const std::span<const PickleId> given = pickle_.arguments(id);
  const bool v3 = pickle_.callee(id) == rebuild_v3;
  if (given.size() < (v3 ? 7u : 4u) || !pickle_.is(given[1], Kind::Integer) ||
      pickle_.integer(given[1]) < 0)
    refuse(name, "is made of what makes no tensor");
  const TorchStorage storage = torch_storage(pickle_, given[0], where_);
  TorchTensor tensor;
  tensor.name = name;
  tensor.dtype = storage.dtype;
  if (v3) {
    const std::optional<DType> type =
        pickle_.is(given[6], Kind::Global) ? number_type(pickle_.text(given[6])) : std::nullopt;
    if (!type) refuse(name, "has no number type");
    tensor.dtype = *type;
  }
  tensor.shape = sizes(name, given[2]);
  tensor.strides = sizes(name, given[3]);
  place(tensor, storage, static_cast<std::uint64_t>(pickle_.integer(given[1])));
  return tensor;
}

// Sets the tensor's place in the file. first: its first element in the storage.
void Tensors::place(TorchTensor& tensor, const TorchStorage& storage, std::uint64_t first) const {
  const std::string name = tensor.name;
  if (tensor.strides.size() != tensor.shape.size()) refuse(name, "has not a stride for every axis");
  const std::optional<std::uint64_t> count = element_count(tensor.shape);
  const std::optional<std::uint64_t> bytes = tensor_bytes(tensor.dtype, tensor.shape);
  if (!count || !bytes) refuse(name, "has a shape of no size that a file can hold");
  tensor.bytes = *bytes;
  const StorageBytes found = find_(storage.key);
  const std::uint64_t begin_bytes = storage.first * bytes_of(storage.dtype);
  const std::uint64_t all_bytes = storage.elements * bytes_of(storage.dtype);
  if (begin_bytes > found.bytes || all_bytes > found.bytes - begin_bytes)
    refuse(name, "is in storage " + quoted_name(storage.key) + ", which has " +
                     std::to_string(found.bytes) + " bytes, expected " +
                     std::to_string(begin_bytes + all_bytes));
  tensor.offset = found.offset + begin_bytes;
  if (*count == 0) return;
  std::uint64_t last = first;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::uint64_t step = 0;
    if (__builtin_mul_overflow(static_cast<std::uint64_t>(tensor.shape[i] - 1),
                               static_cast<std::uint64_t>(tensor.strides[i]), &step) ||
        __builtin_add_overflow(last, step, &last))
      refuse(name, "has strides that lead out of any file");
  }
  const std::uint64_t room = all_bytes / bytes_of(tensor.dtype);
  if (last >= room)
    refuse(name, "ends at element " + std::to_string(last) + " of storage " +
                     quoted_name(storage.key) + ", which has " + std::to_string(room));
  if (*count > room)
    throw UsageError("tensor " + quoted_name(name) + " shows the " + std::to_string(room) +
                         " numbers of its storage as " + std::to_string(*count),
                     where_, "Save it as a tensor of its own: contiguous() in PyTorch.");
  tensor.offset += first * bytes_of(tensor.dtype);
}

}  // namespace

void check_torch_global(std::string_view name, const std::string& where) {
  if (number_type(name) || storage_type(name) ||
      std::find(other_globals.begin(), other_globals.end(), name) != other_globals.end())
    return;
  std::string dotted(name);
  std::replace(dotted.begin(), dotted.end(), ' ', '.');
  throw UsageError("has a pickle that asks for " + quoted_name(dotted) +
                       ", expected nothing but tensors and plain data; nothing of it was run",
                   where,
                   "Take safetensors weights from a source that you trust, or save the model's "
                   "state_dict() alone.");
}

TorchStorage torch_storage(const Pickle& pickle, PickleId persistent, const std::string& where) {
  const auto refuse = [&] {
    throw UsageError("has a tensor without a storage that is read", where, remedy);
  };
  if (!pickle.is(persistent, Kind::Persistent)) refuse();
  // ("storage", class, key, device, elements), before PyTorch 1.6 with a view or None behind.
  const std::span<const PickleId> id = pickle.items(pickle.items(persistent).front());
  if (id.size() < 5 || id.size() > 6 || !pickle.is(id[0], Kind::Text) ||
      pickle.text(id[0]) != "storage" || !pickle.is(id[1], Kind::Global) ||
      !pickle.is(id[2], Kind::Text) || !pickle.is(id[4], Kind::Integer))
    refuse();
  const std::optional<DType> type = storage_type(pickle.text(id[1]));
  constexpr std::int64_t most = INT64_MAX / 16;
  const auto is_count = [&](PickleId number) {
    return pickle.is(number, Kind::Integer) && pickle.integer(number) >= 0 &&
           pickle.integer(number) <= most;
  };
  if (!type || !is_count(id[4])) refuse();
  TorchStorage storage{.key = pickle.text(id[2]),
                       .dtype = *type,
                       .elements = static_cast<std::uint64_t>(pickle.integer(id[4]))};
  if (id.size() == 5 || pickle.is(id[5], Kind::None)) return storage;
  const std::span<const PickleId> view = pickle.items(id[5]);  // key, first, elements
  if (view.size() != 3 || !is_count(view[1]) || !is_count(view[2])) refuse();
  storage.first = static_cast<std::uint64_t>(pickle.integer(view[1]));
  storage.elements = static_cast<std::uint64_t>(pickle.integer(view[2]));
  return storage;
}

std::vector<TorchTensor> torch_tensors(const Pickle& pickle,
                                       const std::function<StorageBytes(std::string_view)>& find,
                                       const std::string& where) {
  const Tensors tensors(pickle, find, where);
  const std::span<const PickleId> items = pickle.items(tensors.state_dict());
  std::map<std::string_view, PickleId> by_name;  // the last of a name counts, as in Python
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (pickle.is(items[i], Kind::Text)) by_name[pickle.text(items[i])] = items[i + 1];
  std::vector<TorchTensor> all;
  for (const auto& [name, id] : by_name) {
    if (!tensors.is_tensor(id)) continue;
    if (!is_plain_name(name))
      throw UsageError("has a tensor called " + quoted_name(name) + ", which is no UTF-8 text",
                       where, remedy);
    all.push_back(tensors.read(name, id));
  }
  return all;
}

}  // namespace trainbus
