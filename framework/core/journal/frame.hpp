// The framing of records in a journal: a length, a checksum, a kind and a payload. Private to the
// journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace trainbus::journal {

enum class Kind : std::uint8_t { Header = 1, Attempt, Step, Evaluation, Save, Hash, Request, End };

// u32 length of the payload, u32 masked CRC-32C of kind and payload, u8 kind.
constexpr std::size_t frame_head_bytes = 9;

struct Frame {
  enum class State {
    Whole,
    Short,   // more bytes are announced than there are
    Changed  // the checksum does not match
  };
  State state = State::Short;
  Kind kind{};               // may be one of a later version
  std::string_view payload;  // of a whole frame
  std::uint64_t size = 0;    // as announced, head included; 0 if the head is not complete

  bool whole() const { return state == State::Whole; }
};

// The frame at the beginning of bytes.
Frame first_frame(std::string_view bytes);

// Fills in the head of a frame: its first frame_head_bytes bytes, which the payload follows.
void seal(Kind kind, std::string& frame);

// The length of the whole frames that bytes begin with.
std::size_t whole_bytes(std::string_view bytes);

// Searches for a whole frame that begins anywhere in bytes. The search is given up in bytes that
// look like very many long frames.
struct Search {
  enum class Result { None, Found, GivenUp };
  Result result = Result::None;
  std::size_t at = 0;  // where it begins, or where the search ended
};
Search find_whole_frame(std::string_view bytes);

}  // namespace trainbus::journal
