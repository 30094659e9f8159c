#include "formats/torch/zip_archive.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "formats/byte_reader.hpp"
#include "formats/quoted_name.hpp"

namespace trainbus {
namespace {

constexpr std::uint32_t local_signature = 0x04034B50, central_signature = 0x02014B50,
                        end_signature = 0x06054B50, end64_signature = 0x06064B50,
                        locator_signature = 0x07064B50;
constexpr std::uint64_t local_bytes = 30, central_bytes = 46, end_bytes = 22, end64_bytes = 56,
                        locator_bytes = 20, longest_comment = 0xFFFF;
constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;
constexpr std::string_view damaged =
    "The file is cut off or damaged; get it again from its source.";

// A number at a place that is known to be inside.
template <typename T>
T number_at(std::span<const std::byte> bytes, std::uint64_t place) {
  T value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

// The extra field of an entry holds the 64-bit forms of those of its numbers that are all ones.
void read_zip64(std::span<const std::byte> extra, std::uint64_t& plain_bytes, std::uint64_t& bytes,
                std::uint64_t& header, const std::string& where) {
  ByteReader reader(extra, where);
  constexpr std::string_view what = "a directory entry's extra field";
  while (reader.left() >= 4) {
    const auto id = reader.read<std::uint16_t>(what);
    const auto size = reader.read<std::uint16_t>(what);
    const auto field = reader.take(size, what);
    if (id != 1) continue;
    ByteReader numbers(field, where);
    for (std::uint64_t* number : {&plain_bytes, &bytes, &header})
      if (*number == in_zip64) *number = numbers.read<std::uint64_t>(what);
    return;
  }
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> file, std::string where)
    : file_(file), where_(std::move(where)) {
  read_directory(find_directory());
  check_overlaps();
}

void ZipArchive::refuse(const std::string& what) const { throw UsageError(what, where_, damaged); }

ZipArchive::Directory ZipArchive::find_directory() const {
  const std::uint64_t size = file_.size();
  if (size < end_bytes) refuse("is a zip archive of " + std::to_string(size) + " bytes");
  // The end record is followed by a comment of a length that it names.
  std::uint64_t end = size - end_bytes;
  for (const std::uint64_t first = end - std::min(end, longest_comment);; --end) {
    if (number_at<std::uint32_t>(file_, end) == end_signature &&
        number_at<std::uint16_t>(file_, end + 20) == size - end - end_bytes)
      break;
    if (end == first) refuse("is a zip archive whose end, with its directory, is missing");
  }
  Directory directory{.offset = number_at<std::uint32_t>(file_, end + 16),
                      .bytes = number_at<std::uint32_t>(file_, end + 12),
                      .count = number_at<std::uint16_t>(file_, end + 10)};
  if (end >= locator_bytes &&
      number_at<std::uint32_t>(file_, end - locator_bytes) == locator_signature) {
    const auto end64 = number_at<std::uint64_t>(file_, end - locator_bytes + 8);
    if (end64 > size || size - end64 < end64_bytes ||
        number_at<std::uint32_t>(file_, end64) != end64_signature)
      refuse("is a zip archive whose Zip64 end record is not at byte " + std::to_string(end64));
    end = end64;
    directory = {.offset = number_at<std::uint64_t>(file_, end64 + 48),
                 .bytes = number_at<std::uint64_t>(file_, end64 + 40),
                 .count = number_at<std::uint64_t>(file_, end64 + 32)};
  }
  if (directory.offset > end || directory.bytes > end - directory.offset ||
      directory.count > directory.bytes / central_bytes)
    refuse("announces a zip directory of " + std::to_string(directory.count) + " entries and " +
           std::to_string(directory.bytes) + " bytes at byte " + std::to_string(directory.offset) +
           ", which does not fit into its " + std::to_string(size));
  return directory;
}

void ZipArchive::read_directory(const Directory& directory) {
  constexpr std::string_view what = "the zip directory";
  ByteReader reader(file_.subspan(directory.offset, directory.bytes), where_);
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    const auto head = reader.take(central_bytes, what);
    if (number_at<std::uint32_t>(head, 0) != central_signature)
      refuse("has a zip directory whose entry " + std::to_string(i) + " is damaged");
    Entry entry{.header = number_at<std::uint32_t>(head, 42),
                .bytes = number_at<std::uint32_t>(head, 20),
                .method = number_at<std::uint16_t>(head, 10),
                .encrypted = (number_at<std::uint16_t>(head, 8) & 1) != 0};
    std::uint64_t plain_bytes = number_at<std::uint32_t>(head, 24);
    const std::string_view name = reader.text(number_at<std::uint16_t>(head, 28), what);
    const auto extra = reader.take(number_at<std::uint16_t>(head, 30), what);
    reader.take(number_at<std::uint16_t>(head, 32), what);  // a comment
    read_zip64(extra, plain_bytes, entry.bytes, entry.header, where_);
    if (entry.method == 0 && plain_bytes != entry.bytes)
      refuse("stores " + quoted_name(name) + " in " + std::to_string(entry.bytes) +
             " bytes and says that it has " + std::to_string(plain_bytes));
    find_data(name, entry, directory.offset);
    if (!entries_.emplace(name, entry).second)
      refuse("has the entry " + quoted_name(name) + " twice");
  }
}

// end: where the data of all entries ends.
void ZipArchive::find_data(std::string_view name, Entry& entry, std::uint64_t end) const {
  const auto outside = [&] {
    refuse("has the entry " + quoted_name(name) + " of " + std::to_string(entry.bytes) +
           " bytes at byte " + std::to_string(entry.header) + ", but its data ends at byte " +
           std::to_string(end));
  };
  if (entry.header > end || end - entry.header < local_bytes) outside();
  if (number_at<std::uint32_t>(file_, entry.header) != local_signature)
    refuse("has no zip entry at byte " + std::to_string(entry.header) + ", where " +
           quoted_name(name) + " should be");
  const std::uint64_t name_bytes = number_at<std::uint16_t>(file_, entry.header + 26);
  entry.offset =
      entry.header + local_bytes + name_bytes + number_at<std::uint16_t>(file_, entry.header + 28);
  if (entry.offset > end || entry.bytes > end - entry.offset) outside();
  const auto* local = reinterpret_cast<const char*>(file_.data() + entry.header + local_bytes);
  if (std::string_view(local, name_bytes) != name)
    refuse("calls the entry " + quoted_name(name) + " of its zip directory otherwise at byte " +
           std::to_string(entry.header));
}

void ZipArchive::check_overlaps() const {
  std::vector<std::pair<std::uint64_t, std::string_view>> order;
  for (const auto& [name, entry] : entries_) order.emplace_back(entry.header, name);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Entry& before = entries_.at(order[i - 1].second);
    if (before.offset + before.bytes > order[i].first)
      refuse("has the zip entries " + quoted_name(order[i - 1].second) + " and " +
             quoted_name(order[i].second) + ", which overlap");
  }
}

const ZipArchive::Entry& ZipArchive::at(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    refuse("has no entry " + quoted_name(name) + " among its " + std::to_string(entries_.size()));
  const Entry& entry = found->second;
  if (entry.method != 0 || entry.encrypted)
    throw UsageError("has the entry " + quoted_name(name) +
                         (entry.encrypted ? " encrypted" : " compressed") +
                         ", expected it stored, as torch.save writes it",
                     where_, "Unpack the archive and save the weights again.");
  return entry;
}

std::span<const std::byte> ZipArchive::data(std::string_view name) const {
  const Entry& entry = at(name);
  return file_.subspan(entry.offset, entry.bytes);
}

}  // namespace trainbus
