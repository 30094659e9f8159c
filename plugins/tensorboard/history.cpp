#include "history.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "crc32c.hpp"

namespace trainbus::tensorboard {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The payloads of a file, one after the other.
class RecordReader {
 public:
  explicit RecordReader(const File& file) : file_(file), length_(file.length()) {}

  // Valid until the next call; none at the end or at the first record that is damaged or torn.
  std::optional<std::string_view> next() {
    constexpr std::size_t kHead = 12, kTail = 4;
    const std::optional<std::string_view> head = take(kHead);
    if (!head || masked_crc32c(head->substr(0, 8)) != little_endian(head->substr(8))) return {};
    const std::uint64_t size = little_endian(head->substr(0, 8));
    if (size > length_) return {};
    const std::optional<std::string_view> body = take(size + kTail);
    if (!body) return {};
    const std::string_view payload = body->substr(0, size);
    if (masked_crc32c(payload) != little_endian(body->substr(size))) return {};
    return payload;
  }

 private:
  std::optional<std::string_view> take(std::size_t size) {
    constexpr std::uint64_t kBlock = 1 << 20;
    if (buffer_.size() - at_ < size) {
      buffer_.erase(0, std::exchange(at_, 0));
      const std::uint64_t wanted = std::max<std::uint64_t>(size - buffer_.size(), kBlock);
      const std::uint64_t more = std::min(wanted, length_ - read_);
      buffer_ += file_.read(read_, more);
      read_ += more;
      if (buffer_.size() < size) return {};
    }
    at_ += size;
    return std::string_view(buffer_).substr(at_ - size, size);
  }

  const File& file_;
  const std::uint64_t length_;
  std::uint64_t read_ = 0;  // bytes taken from the file
  std::string buffer_;
  std::size_t at_ = 0;
};

struct Field {
  unsigned number = 0;
  std::uint64_t value = 0;  // of a varint
  std::string_view bytes;   // of a string or message
};

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// The fields of a message, up to the first that cannot be read.
std::vector<Field> fields(std::string_view bytes) {
  std::vector<Field> out;
  while (!bytes.empty()) {
    const std::uint64_t tag = take_varint(bytes);
    Field field{.number = static_cast<unsigned>(tag >> 3)};
    std::size_t size = 0;
    switch (tag & 7) {
      case 0:
        field.value = take_varint(bytes);
        break;
      case 1:
        size = 8;
        break;
      case 2:
        size = take_varint(bytes);
        break;
      case 5:
        size = 4;
        break;
      default:
        return out;
    }
    if (size > bytes.size()) return out;
    field.bytes = bytes.substr(0, size);
    bytes.remove_prefix(size);
    out.push_back(field);
  }
  return out;
}

// The tags of a Summary's scalars and histograms.
std::vector<std::string_view> tags_of(std::string_view summary) {
  enum { kTag = 1, kSimpleValue = 2, kHistogram = 5 };
  std::vector<std::string_view> tags;
  for (const Field& value : fields(summary)) {
    std::string_view tag;
    bool is_point = false;
    for (const Field& field : fields(value.bytes)) {
      if (field.number == kTag) tag = field.bytes;
      if (field.number == kSimpleValue || field.number == kHistogram) is_point = true;
    }
    if (is_point) tags.push_back(tag);
  }
  return tags;
}

}  // namespace

void History::read(const File& file, std::int64_t initial_step) {
  enum { kStep = 2, kSummary = 5, kSessionLog = 7 };
  RecordReader records(file);
  while (const auto payload = records.next()) {
    std::int64_t step = 0;
    std::string_view summary;
    bool starts = false;
    for (const Field& field : fields(*payload)) {
      if (field.number == kStep) step = static_cast<std::int64_t>(field.value);
      if (field.number == kSummary) summary = field.bytes;
      if (field.number == kSessionLog) starts = true;
    }
    if (starts)
      for (auto& [tag, shown] : last) shown = std::min(shown, step - 1);
    if (step > initial_step) continue;
    for (const std::string_view tag : tags_of(summary)) {
      const auto [known, is_new] = last.try_emplace(std::string(tag), step);
      if (!is_new) known->second = std::max(known->second, step);
    }
  }
}

void read_history(const Files& files, std::int64_t initial_step, History& history) {
  std::vector<std::string> names = files.list(".");
  std::erase_if(names, [](const std::string& name) { return !name.starts_with(kFilePrefix); });
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    std::int64_t seconds = 0;
    std::from_chars(name.data() + kFilePrefix.size(), name.data() + name.size(), seconds);
    history.newest_s = std::max(history.newest_s, seconds);
    if (name.ends_with(kEndSuffix)) history.endings.push_back(name);
  }
  for (const std::string& name : names)
    if (!name.ends_with(kEndSuffix)) history.read(files.append_to(name), initial_step);
}

}  // namespace trainbus::tensorboard
