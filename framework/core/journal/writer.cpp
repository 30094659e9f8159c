#include "core/journal/writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/io/error.hpp"
#include "core/io/signal_mask.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/durable_file.hpp"

namespace trainbus::journal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds sync_interval = 100ms, longest_interval = 30s;

std::unique_ptr<File> create(FileSystem& files, const std::filesystem::path& path,
                             const Header& header) {
  if (files.exists(path))
    throw RunError("exists; a new journal is never written over one", path.string(),
                   "Resume that run, or choose another run directory.");
  std::string frame;
  encode(header, frame);
  files.replace(path, frame);  // so that no crash leaves a journal without its header or its name
  return files.open(path, FileSystem::Mode::Append);
}

std::unique_ptr<File> reopen(FileSystem& files, const std::filesystem::path& path,
                             const Contents& contents) {
  std::unique_ptr<File> file = files.open(path, FileSystem::Mode::Append);
  if (file->length() != contents.file_bytes)
    throw RunError("has " + std::to_string(file->length()) + " bytes now, it had " +
                       std::to_string(contents.file_bytes) + " when it was read",
                   path.string(), "Stop what else writes it.");
  if (!contents.whole()) file->truncate(contents.good_bytes);
  file->sync();
  return file;
}

}  // namespace

Writer::Writer(FileSystem& files, const std::filesystem::path& path, const Header& header,
               Sync sync)
    : Writer(files, create(files, path, header), 0, sync) {}

Writer::Writer(FileSystem& files, const std::filesystem::path& path, const Contents& contents,
               Sync sync)
    : Writer(files, reopen(files, path, contents), contents.last_step, sync) {}

Writer::Writer(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step, Sync sync)
    : file_(std::make_unique<DurableFile>(files, std::move(file), last_step)) {
  if (sync == Sync::Background) thread_ = std::thread([this] { keep_syncing(); });
}

Writer::~Writer() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    end_.notify_one();
    thread_.join();
  }
  flush();
}

template <class R>
bool Writer::append(const R& record) {
  encode(record, frame_);
  return file_->append(frame_);
}
template TRAINBUS_EXPORT bool Writer::append(const Attempt&);
template TRAINBUS_EXPORT bool Writer::append(const Step&);
template TRAINBUS_EXPORT bool Writer::append(const Evaluation&);
template TRAINBUS_EXPORT bool Writer::append(const Save&);
template TRAINBUS_EXPORT bool Writer::append(const Hash&);
template TRAINBUS_EXPORT bool Writer::append(const Request&);
template TRAINBUS_EXPORT bool Writer::append(const End&);

bool Writer::append(const Record& record) {
  return std::visit([this](const auto& held) { return append(held); }, record);
}

bool Writer::flush() { return file_->sync() && file_->all_written(); }

// Polls, so that an append never has to wake this thread.
void Writer::keep_syncing() {
  block_signals();
  pthread_setname_np(pthread_self(), "trainbus-sync");
  std::chrono::milliseconds interval = sync_interval;
  std::unique_lock lock(mutex_);
  auto next = std::chrono::steady_clock::now();
  do {
    lock.unlock();
    interval = file_->sync() ? sync_interval : std::min(2 * interval, longest_interval);
    lock.lock();
    next = std::max(next + interval, std::chrono::steady_clock::now());
  } while (!end_.wait_until(lock, next, [this] { return ending_; }));
}

}  // namespace trainbus::journal
