// Files of torch.save before PyTorch 1.6: five pickles (a magic number, a version, the machine, the
// object, the keys of its storages), and then each storage as its count of elements and the
// elements (serialization.py, _legacy_save).
#include "core/io/error.hpp"
#include "formats/byte_reader.hpp"
#include "formats/quoted_name.hpp"
#include "formats/torch/torch_tensors.hpp"

namespace trainbus {
namespace {

using Kind = Pickle::Kind;

constexpr std::string_view magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::int64_t version = 1001;
constexpr std::string_view damaged =
    "The file is cut off or damaged; get it again from its source.";

void check_machine(const Pickle& pickle, const std::string& where) {
  const PickleId* little = pickle.find(pickle.top(), "little_endian");
  if (little != nullptr && pickle.is(*little, Kind::Bool) && pickle.integer(*little) == 0)
    throw UsageError("is of a big-endian machine, read are little-endian files", where,
                     "Load it in PyTorch on a usual machine and save it again.");
}

// The size of the elements of every storage that the pickle names.
std::map<std::string_view, std::uint64_t> element_bytes(const Pickle& pickle,
                                                        const std::string& where) {
  std::map<std::string_view, std::uint64_t> bytes;
  for (std::size_t id = 0; id < pickle.size(); ++id)
    if (const auto value = static_cast<PickleId>(id); pickle.is(value, Kind::Persistent)) {
      const TorchStorage storage = torch_storage(pickle, value, where);
      bytes[storage.key] = dtype_bits(storage.dtype) / 8;
    }
  return bytes;
}

}  // namespace

std::map<std::string_view, StorageBytes> legacy_storages(std::span<const std::byte> file,
                                                         std::vector<Pickle>& pickles,
                                                         const std::string& where) {
  std::uint64_t position = 0;
  const auto next = [&]() -> const Pickle& {
    pickles.emplace_back(file.subspan(position), check_torch_global, where);
    position += pickles.back().bytes();
    return pickles.back();
  };
  pickles.reserve(5);
  const Pickle &first = next(), &second = next();
  if (!first.is(first.top(), Kind::Large) || first.text(first.top()) != magic ||
      !second.is(second.top(), Kind::Integer) || second.integer(second.top()) != version)
    throw UsageError("is a Python pickle, but none of torch.save", where,
                     "Load it in Python and save its tensors with torch.save.");
  check_machine(next(), where);
  const std::map<std::string_view, std::uint64_t> sizes = element_bytes(next(), where);
  const Pickle& keys = next();
  ByteReader reader(file.subspan(position), where);
  std::map<std::string_view, StorageBytes> storages;
  for (const PickleId id : keys.items(keys.top())) {
    const std::string_view key = keys.is(id, Kind::Text) ? keys.text(id) : std::string_view();
    const auto size = sizes.find(key);
    if (size == sizes.end() || storages.contains(key))
      throw UsageError("lists the storage " + quoted_name(key) +
                           (size == sizes.end() ? ", which no tensor is in" : " twice"),
                       where, damaged);
    const auto count = reader.read<std::uint64_t>("the storages");
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, size->second, &bytes)) bytes = UINT64_MAX;
    storages[key] = {position + reader.position(), bytes};
    reader.take(bytes, "the storages");
  }
  return storages;
}

}  // namespace trainbus
