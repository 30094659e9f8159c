#include "core/host/file_register.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, const char*>, 7> names_of_a_run = {
    {{"journal", "the run's journal"},
     {"run.json", "the run's record"},
     {"run.lock", "the run's lock"},
     {"log.txt", "the run's log"},
     {"model", "the folder of the trained model"},
     {"best-model", "the folder of the best model"},
     {"checkpoints", "the folder of the run's checkpoints"}}};

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [at, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  static_cast<void>(rest);
  return at == folder.end();
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || (fs::is_regular_file(b, error) && fs::equivalent(a, b, error) && !error);
}

}  // namespace

FileClaims::~FileClaims() = default;

fs::path without_links(const fs::path& path) {
  constexpr int most_links = 40;  // as the kernel has it
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  fs::path done = whole.root_path();
  const fs::path relative = whole.relative_path();
  std::deque<fs::path> left(relative.begin(), relative.end());
  for (int links = 0; !left.empty();) {
    const fs::path part = std::move(left.front());
    left.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      done = done.parent_path();
      continue;
    }
    const fs::path next = done / part;
    const fs::path target = fs::read_symlink(next, error);
    if (error || ++links > most_links) {
      done = next;
      continue;
    }
    if (target.is_absolute()) done = target.root_path();
    const fs::path parts = target.relative_path();
    left.insert(left.begin(), parts.begin(), parts.end());
  }
  return done;
}

FileRegister::FileRegister() = default;

FileRegister::FileRegister(const fs::path& run_folder) : folder_(without_links(run_folder)) {
  for (const auto& [name, what] : names_of_a_run) reserve(run_folder / name, what);
}

FileRegister::~FileRegister() = default;

void FileRegister::reserve(const fs::path& path, std::string_view what) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({without_links(path), nullptr, std::string(what), 1});
}

void FileRegister::adopt(const fs::path& path) {
  const std::lock_guard lock(mutex_);
  adopted_.push_back(without_links(path));
}

const FileRegister::Entry* FileRegister::other_writer(const fs::path& path,
                                                      const void* writer) const {
  for (const Entry& entry : entries_)
    if (entry.writer != writer &&
        (is_same_file(path, entry.path) || (!entry.writer && is_within(path, entry.path))))
      return &entry;
  return nullptr;
}

void FileRegister::claim(const fs::path& path, Writer writer) {
  const fs::path file = without_links(path);
  const std::lock_guard lock(mutex_);
  if (const Entry* const other = other_writer(file, writer.id)) {
    if (!other->writer)
      throw UsageError(
          "cannot be written by the plugin " + std::string(writer.name) + ": it is " + other->name,
          path.string(), "Give another path.");
    throw UsageError("is written by the plugin " + other->name + " already", path.string(),
                     "Give one of the two another path.");
  }
  if (!folder_.empty() && is_within(file, folder_) &&
      file.filename().native().find(".tmp-") != std::string::npos)
    throw UsageError("has the name of a temporary file, which a resumed run removes", path.string(),
                     "Give a path without '.tmp-'.");
  for (Entry& entry : entries_)
    if (entry.writer == writer.id && entry.path == file) {
      ++entry.claims;
      return;
    }
  entries_.push_back({file, writer.id, std::string(writer.name), 1});
}

void FileRegister::release(const fs::path& path, Writer writer) {
  const fs::path file = without_links(path);
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](Entry& entry) {
    return entry.writer && entry.writer == writer.id && entry.path == file && --entry.claims == 0;
  });
}

void FileRegister::release_all(Writer writer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_,
                [&](const Entry& entry) { return entry.writer && entry.writer == writer.id; });
}

bool FileRegister::is_of_this_run(const fs::path& path) {
  const fs::path file = without_links(path);
  const std::lock_guard lock(mutex_);
  return (!folder_.empty() && is_within(file, folder_)) ||
         std::ranges::find(adopted_, file) != adopted_.end();
}

FileRegister& process_file_register() {
  static FileRegister& instance = *new FileRegister;  // files may be closed while the process ends
  return instance;
}

}  // namespace trainbus
