// The tensors in a pickle of torch.save. Internal to TorchFile.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/torch/pickle.hpp"
#include "formats/torch/torch_file.hpp"

namespace trainbus {

// Throws UsageError for a global that state dicts do not need.
void check_torch_global(std::string_view name, const std::string& where);

// Bytes of the file.
struct StorageBytes {
  std::uint64_t offset = 0, bytes = 0;
};

// A storage as a pickle names it. Of an untyped one the elements are bytes.
struct TorchStorage {
  std::string_view key;
  DType dtype = DType::U8;
  std::uint64_t elements = 0;
  std::uint64_t first = 0;  // where it begins in the storage of this key, in elements
};

// The storage that a persistent object stands for. Throws UsageError if it stands for none.
TorchStorage torch_storage(const Pickle& pickle, PickleId persistent, const std::string& where);

// All tensors of the dict, sorted by name, with views checked against their storages. find: where a
// key's storage lies. Throws UsageError.
std::vector<TorchTensor> torch_tensors(const Pickle& pickle,
                                       const std::function<StorageBytes(std::string_view)>& find,
                                       const std::string& where);

// Where the storages of a file of before PyTorch 1.6 lie: behind its pickles, one after another.
// main: receives the pickle with the tensors. Throws UsageError.
std::map<std::string_view, StorageBytes> legacy_storages(std::span<const std::byte> file,
                                                         std::vector<Pickle>& pickles,
                                                         const std::string& where);

}  // namespace trainbus
