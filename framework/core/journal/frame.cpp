#include "core/journal/frame.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie");

constexpr std::size_t crc_at = 4, kind_at = 8;

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// As in TFRecord: a CRC over bytes that contain their own CRC detects little.
std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(0, bytes), 15) + 0xa282ead8u;
}

}  // namespace

Frame first_frame(std::string_view bytes) {
  Frame frame;
  if (bytes.size() < frame_head_bytes) return frame;
  frame.size = frame_head_bytes + std::uint64_t{u32_at(bytes, 0)};
  if (frame.size > bytes.size()) return frame;
  const std::string_view checked = bytes.substr(kind_at, frame.size - kind_at);
  const bool matches = masked_crc(checked) == u32_at(bytes, crc_at);
  frame.state = matches ? Frame::State::Whole : Frame::State::Changed;
  frame.kind = static_cast<Kind>(checked.front());
  if (matches) frame.payload = checked.substr(1);
  return frame;
}

void seal(Kind kind, std::string& frame) {
  const std::size_t length = frame.size() - frame_head_bytes;
  if (length > std::numeric_limits<std::uint32_t>::max())
    throw RunError("a record of " + std::to_string(length) + " bytes", "journal",
                   "At most 4294967295 can be written.");
  const auto stored = static_cast<std::uint32_t>(length);
  frame[kind_at] = static_cast<char>(kind);
  const std::uint32_t crc = masked_crc(std::string_view(frame).substr(kind_at));
  std::memcpy(frame.data(), &stored, sizeof stored);
  std::memcpy(frame.data() + crc_at, &crc, sizeof crc);
}

std::size_t whole_bytes(std::string_view bytes) {
  std::size_t at = 0;
  for (Frame frame; (frame = first_frame(bytes.substr(at))).whole();) at += frame.size;
  return at;
}

Search find_whole_frame(std::string_view bytes) {
  // After a crash few lengths fit, so this many checksums suffice.
  std::uint64_t budget = 64 * std::uint64_t{bytes.size()} + (1 << 20);
  for (std::size_t at = 0; at + frame_head_bytes <= bytes.size(); ++at) {
    const Frame frame = first_frame(bytes.substr(at));
    if (frame.whole()) return {Search::Result::Found, at};
    if (frame.state == Frame::State::Short) continue;
    if (frame.size > budget) return {Search::Result::GivenUp, at};
    budget -= frame.size;
  }
  return {};
}

}  // namespace trainbus::journal
