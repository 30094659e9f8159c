#include "formats/torch/torch_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "core/io/error.hpp"
#include "formats/foreign_file.hpp"
#include "formats/quoted_name.hpp"
#include "formats/torch/torch_tensors.hpp"
#include "formats/torch/zip_archive.hpp"

namespace trainbus {
namespace {

constexpr std::string_view damaged =
    "The file is cut off or damaged; get it again from its source.";

// The folder in the archive that holds everything, "archive/".
std::string archive_root(const ZipArchive& archive, const std::string& where) {
  constexpr std::string_view pickle = "/data.pkl";
  for (const auto& [name, entry] : archive.entries())
    if (name.ends_with(pickle) && name.find('/') == name.size() - pickle.size())
      return std::string(name.substr(0, name.size() - pickle.size() + 1));
  throw UsageError("is a zip archive without data.pkl, so none of torch.save", where,
                   "Unpack it, and give the folder or the weights in it.");
}

std::vector<TorchTensor> read_archive(std::span<const std::byte> file, const std::string& where) {
  const ZipArchive archive(file, where);
  const std::string root = archive_root(archive, where);
  if (archive.has(root + "constants.pkl"))
    throw UsageError("is a TorchScript program, expected a dict of tensors", where,
                     "Save the model's state_dict() with torch.save.");
  if (archive.has(root + "byteorder")) {
    const auto order = archive.data(root + "byteorder");
    if (order.size() >= 3 && std::memcmp(order.data(), "big", 3) == 0)
      throw UsageError("is of a big-endian machine, read are little-endian files", where,
                       "Load it in PyTorch on a usual machine and save it again.");
  }
  const Pickle pickle(archive.data(root + "data.pkl"), check_torch_global, where);
  const auto find = [&](std::string_view key) {
    const ZipArchive::Entry& entry = archive.at(root + "data/" + std::string(key));
    return StorageBytes{entry.offset, entry.bytes};
  };
  return torch_tensors(pickle, find, where);
}

std::vector<TorchTensor> read_legacy(std::span<const std::byte> file, const std::string& where) {
  std::vector<Pickle> pickles;
  const std::map<std::string_view, StorageBytes> storages = legacy_storages(file, pickles, where);
  constexpr std::size_t object = 3;
  return torch_tensors(
      pickles[object],
      [&](std::string_view key) {
        const auto found = storages.find(key);
        if (found == storages.end())
          throw UsageError("does not hold the storage " + quoted_name(key), where, damaged);
        return found->second;
      },
      where);
}

// Tensors may share storages, but a small file may not claim to be a large model.
void check_sharing(const std::vector<TorchTensor>& tensors, std::uint64_t file_bytes,
                   const std::string& where) {
  constexpr std::uint64_t most = 64;  // times the file
  std::uint64_t bytes = 0;
  for (const TorchTensor& tensor : tensors) {
    bytes += tensor.bytes;  // each is at most the file's, and there are less than 2^22
    if (bytes / most > file_bytes)
      throw UsageError("shows the same bytes as more than " + std::to_string(most) +
                           " tensors: together they take over " + std::to_string(bytes >> 20) +
                           " MiB",
                       where, "Save each tensor once.");
  }
}

// Copies the elements in C order; returns the end of what was written.
std::byte* copy_strided(const std::byte* from, std::span<const std::int64_t> shape,
                        std::span<const std::int64_t> strides, std::size_t element,
                        std::byte* out) {
  const auto step = static_cast<std::size_t>(strides.front()) * element;
  for (std::int64_t i = 0; i < shape.front(); ++i) {
    const std::byte* at = from + static_cast<std::size_t>(i) * step;
    if (shape.size() > 1) {
      out = copy_strided(at, shape.subspan(1), strides.subspan(1), element, out);
    } else {
      std::memcpy(out, at, element);
      out += element;
    }
  }
  return out;
}

}  // namespace

bool TorchTensor::is_dense() const {
  if (bytes == 0) return true;
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0; expected *= shape[i])
    if (shape[i] != 1 && strides[i] != expected) return false;
  return true;
}

TorchFile::TorchFile(const std::filesystem::path& path) : file_(path) {
  refuse_foreign(file_.text(), path, FileKind::Torch);
  if (!begins_as_torch(file_.text()))
    throw UsageError("begins neither as a zip archive nor as a pickle, as files of torch.save do",
                     path.string(), damaged);
  tensors_ = file_.text().starts_with("PK") ? read_archive(file_.bytes(), path.string())
                                            : read_legacy(file_.bytes(), path.string());
  check_sharing(tensors_, file_.bytes().size(), path.string());
}

const TorchTensor* TorchFile::find(std::string_view name) const {
  const auto found =
      std::lower_bound(tensors_.begin(), tensors_.end(), name,
                       [](const TorchTensor& a, std::string_view b) { return a.name < b; });
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

void TorchFile::copy(const TorchTensor& tensor, std::int64_t begin, std::int64_t end,
                     std::byte* out) const {
  const std::uint64_t count = row_bytes(tensor, begin, end);
  if (count == 0) return;
  if (tensor.is_dense())
    return file_.read(tensor.offset + row_bytes(tensor, 0, begin), {out, count});
  const std::size_t element = dtype_bits(tensor.dtype) / 8;
  std::vector<std::int64_t> shape = tensor.shape;
  std::uint64_t first = tensor.offset;
  if (shape.size() > 1) {
    shape.front() = end - begin;
    first += static_cast<std::uint64_t>(begin * tensor.strides.front()) * element;
  }
  copy_strided(file_.bytes().data() + first, shape, tensor.strides, element, out);
}

}  // namespace trainbus
