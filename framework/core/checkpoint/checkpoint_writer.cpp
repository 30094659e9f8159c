#include "core/checkpoint/checkpoint_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/checkpoint/inventory.hpp"
#include "core/checkpoint/step_folder.hpp"
#include "core/checkpoint/verify.hpp"
#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = 1 << 20;  // summed and written while it is in the cache

void check_space(FileSystem& files, const fs::path& folder, std::uint64_t estimated_bytes) {
  const std::uint64_t needed = estimated_bytes + estimated_bytes / 10;
  const std::uint64_t found = files.free_bytes(folder);
  if (found < needed)
    throw RunError("the disk has " + std::to_string(found) + " bytes free, a checkpoint needs " +
                       std::to_string(needed),
                   folder.string(), "Free some space; the checkpoints that are there stay.");
}

void remove_if_there(FileSystem& files, const fs::path& folder) {
  if (files.exists(folder)) files.remove_tree(folder);
}

}  // namespace

CheckpointFile::CheckpointFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

void CheckpointFile::append(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_bytes, bytes.size()))) {
    const std::string_view piece = bytes.substr(0, piece_bytes);
    file_->append(piece);
    crc_ = crc32c(crc_, piece);
  }
}

ManifestEntry CheckpointFile::finish(const std::string& name) {
  file_->sync();
  file_->close();
  return {name, file_->length(), crc_};
}

CheckpointWriter::CheckpointWriter(FileSystem& files, fs::path checkpoints, std::uint64_t step,
                                   std::uint64_t estimated_bytes)
    : files_(files),
      checkpoints_(std::move(checkpoints)),
      final_(checkpoints_ / step_folder_name(step)),
      folder_(final_.string() + ".tmp-" + std::to_string(::getpid())),
      step_(step) {
  files_.make_folders(checkpoints_);
  check_space(files_, checkpoints_, estimated_bytes);
  remove_if_there(files_, folder_);  // of a killed process that had the same number
  try {
    files_.make_folders(folder_);
  } catch (...) {
    discard();
    throw;
  }
}

CheckpointWriter::~CheckpointWriter() {
  if (!in_place_) discard();
}

void CheckpointWriter::discard() noexcept try {
  written_.clear();
  remove_if_there(files_, folder_);
} catch (...) {
  // It stays as a temporary: no reader takes it, and the next attempt removes it.
}

CheckpointFile& CheckpointWriter::open(const std::string& name, std::uint64_t expected_bytes) {
  if (!is_entry_name(name))
    throw RunError("a checkpoint cannot hold a file named \"" + name + "\"", final_.string(),
                   "Take a relative name without '..' and control characters, not MANIFEST.");
  const fs::path path = folder_ / name;
  files_.make_folders(path.parent_path());
  std::unique_ptr<File> file = files_.open(path, FileSystem::Mode::New);
  file->reserve(expected_bytes);
  return written_.emplace(name, std::move(file)).first->second;
}

void CheckpointWriter::add(const std::string& name, std::string_view bytes) {
  open(name, bytes.size()).append(bytes);
}

fs::path CheckpointWriter::commit() {
  const std::string manifest = format_manifest(finish_files());
  CheckpointFile last(files_.open(folder_ / manifest_name, FileSystem::Mode::New));
  last.append(manifest);
  last.finish(std::string(manifest_name));
  files_.sync_folder(folder_);
  if (const auto damage = verify_checkpoint(files_, folder_, CheckpointDepth::Sizes))
    throw RunError("the checkpoint is not as it was written: " + *damage, folder_.string(),
                   "Let nothing else write there.");
  take_place();
  files_.sync_folder(checkpoints_);
  return final_;
}

// Syncs all files and folders, and returns the manifest.
Manifest CheckpointWriter::finish_files() {
  Manifest manifest{step_, {}};
  for (auto& [name, file] : written_) manifest.entries.push_back(file.finish(name));
  const FolderInventory inventory = take_inventory(files_, folder_);
  for (const std::string& name : inventory.files) {
    if (written_.contains(name)) continue;
    const std::unique_ptr<File> file = files_.open(folder_ / name, FileSystem::Mode::Read);
    file->sync();
    manifest.entries.push_back({name, file->length(), crc32c_of(*file)});
  }
  for (auto folder = inventory.folders.rbegin(); folder != inventory.folders.rend(); ++folder)
    files_.sync_folder(folder_ / *folder);
  return manifest;
}

void CheckpointWriter::take_place() {
  in_place_ = files_.rename_new(folder_, final_);
  if (in_place_ || !verify_checkpoint(files_, final_)) return;
  fs::path aside = final_;
  aside += ".bad";
  remove_if_there(files_, aside);
  files_.rename_over(final_, aside);
  in_place_ = files_.rename_new(folder_, final_);
  if (!in_place_)
    throw RunError("another process has put a checkpoint there", final_.string(),
                   "Let one process write a run.");
}

}  // namespace trainbus
