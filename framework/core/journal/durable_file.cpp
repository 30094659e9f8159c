#include "core/journal/durable_file.hpp"

#include <exception>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/records.hpp"

namespace trainbus::journal {
namespace {

constexpr std::size_t memory_bytes = std::size_t{8} << 20;  // for each of pending_ and unsynced_

std::string after(std::uint64_t step) {
  return step == 0 ? "what came before the first step"
                   : "what came after step " + std::to_string(step);
}

}  // namespace

DurableFile::DurableFile(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step)
    : files_(files),
      path_(file->path()),
      synced_(file->length()),
      synced_step_(last_step),
      file_(std::move(file)),
      written_(synced_),
      written_step_(last_step) {}

bool DurableFile::append(std::string_view frame) {
  const std::lock_guard lock(mutex_);
  if (written_ + pending_.size() + frame.size() > max_bytes)
    throw RunError("is full: a journal has at most " + std::to_string(max_bytes) + " bytes",
                   path_.string(), "Start a new run from the weights of this one.");
  if (pending_.empty() && write(frame)) return true;
  if (pending_.size() + frame.size() > memory_bytes)
    throw RunError("cannot be written, and no more of it is kept in memory: " + write_error_,
                   path_.string(),
                   "When the disk can be written again, resume the run: it goes on after step " +
                       std::to_string(written_step_) + ".");
  if (pending_.empty())
    log::warning(
        path_.string() + ": " + after(written_step_) +
        " is in memory only, a kill would lose it. Is the disk full? It is tried again with "
        "every step. (" +
        write_error_ + ")");
  pending_.append(frame);
  return write_pending();
}

bool DurableFile::all_written() const {
  const std::lock_guard lock(mutex_);
  return pending_.empty();
}

bool DurableFile::write(std::string_view frame) {
  if (unsynced_.size() + frame.size() > memory_bytes) unsynced_.erase(0, memory_bytes / 2);
  unsynced_.append(frame);  // before the write, after which nothing may fail
  try {
    if (!file_) reopen();
    file_->append(frame);
  } catch (const std::exception& e) {
    unsynced_.resize(unsynced_.size() - frame.size());
    write_error_ = e.what();
    return false;
  }
  written_ += frame.size();
  written_step_ = step_of(frame).value_or(written_step_);
  return true;
}

// Frame by frame, so that an almost full disk takes what fits.
bool DurableFile::write_pending() {
  if (pending_.empty()) return true;
  std::string_view left = pending_;
  while (!left.empty()) {
    const std::string_view frame = left.substr(0, first_frame(left).size);
    if (!write(frame)) break;
    left.remove_prefix(frame.size());
  }
  pending_.erase(0, pending_.size() - left.size());
  if (!pending_.empty()) return false;
  log::info(path_.string() + ": all is written again, up to step " + std::to_string(written_step_));
  return true;
}

void DurableFile::reopen() {
  std::unique_ptr<File> file = files_.open(path_, FileSystem::Mode::Append);
  if (file->length() < written_)
    throw RunError("has " + std::to_string(file->length()) + " bytes, expected " +
                       std::to_string(written_) + ": something else cut it",
                   path_.string(), "");
  if (file->length() > written_) file->truncate(written_);  // part of a frame
  file_ = std::move(file);
}

bool DurableFile::sync() {
  const std::lock_guard one_at_a_time(syncing_);
  std::unique_lock lock(mutex_);
  write_pending();
  if (sync_error_.empty()) {
    if (written_ == synced_) return true;
    File& file = *file_;
    const std::uint64_t bytes = written_, step = written_step_;
    lock.unlock();
    try {
      file.sync();
    } catch (const std::exception& e) {
      sync_error_ = e.what();
    }
    lock.lock();
    if (sync_error_.empty()) {
      synced_up_to(bytes, step);
      return true;
    }
  }
  return write_anew();
}

void DurableFile::synced_up_to(std::uint64_t bytes, std::uint64_t step) {
  const std::uint64_t kept_from = written_ - unsynced_.size();
  if (bytes > kept_from) unsynced_.erase(0, bytes - kept_from);
  synced_ = bytes;
  synced_step_ = step;
}

// After a failed sync the kernel may have dropped what it could not write, and it reports that only
// once. So a new file replaces this one; appends wait, so that the new file has everything written.
bool DurableFile::write_anew() {
  std::string why;
  try {
    std::string all = files_.read_all(path_);
    all.resize(written_ - unsynced_.size());
    all += unsynced_;
    if (whole_bytes(all) != written_) throw RunError("it cannot be read back", "", "");
    files_.replace(path_, all);
  } catch (const std::exception& e) {
    why = e.what();
  }
  file_.reset();  // even after a failure the name may already refer to the new file
  if (why.empty()) {
    log::warning(path_.string() +
                 ": all of it was written to a new file in its place, and is on "
                 "disk up to step " +
                 std::to_string(written_step_) + ". (" + sync_error_ + ")");
    synced_up_to(written_, written_step_);
    sync_error_.clear();
    reported_ = false;
    return true;
  }
  if (!std::exchange(reported_, true))
    log::warning(path_.string() + ": " + after(synced_step_) +
                 " is not on disk: a kill loses "
                 "nothing, a power failure would. It is tried again. (" +
                 sync_error_ + "; " + why + ")");
  return false;
}

}  // namespace trainbus::journal
