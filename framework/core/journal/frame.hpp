// How records lie in a journal: frames of a length, a checksum, a kind and a payload. Private to
// the journal.
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
  std::uint64_t size = 0;    // as announced, head included; 0 if not even that is there

  bool whole() const { return state == State::Whole; }
};

// What bytes begin with.
Frame first_frame(std::string_view bytes);

// Fills in the head of a frame whose payload stands behind frame_head_bytes unused ones.
void seal(Kind kind, std::string& frame);

// How many of the bytes are whole frames, one after the other, from the first on.
std::size_t whole_bytes(std::string_view bytes);

// Looks for a whole frame that begins anywhere in bytes. Bytes made to look like many long frames
// are not searched for ever.
struct Search {
  enum class Result { None, Found, GivenUp };
  Result result = Result::None;
  std::size_t at = 0;  // where it begins, or where the search ended
};
Search find_whole_frame(std::string_view bytes);

}  // namespace trainbus::journal
