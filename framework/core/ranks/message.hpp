// What leader and workers say to one another, and its bytes. Both ends are of one build (see
// Welcome), so the bytes are no file format; what arrives is still checked like a stranger's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/dealing.hpp"

namespace trainbus::ranks {

// The numbers of several items, one item after the other.
struct Numbers {
  std::vector<std::uint32_t> counts;  // of each item
  std::vector<float> values;
  bool operator==(const Numbers&) const = default;
};

// Leader to worker ------------------------------------------------------------------------------

// The worker's part of a round of losses or gradients, before it begins. Rounds count from 0.
struct Deal {
  std::uint64_t round = 0;
  Hand hand;
  bool operator==(const Deal&) const = default;
};
// All numbers of a round; `given_up`: there are none, since the leader gave the round up.
struct Result {
  std::uint64_t round = 0;
  bool given_up = false;
  Numbers numbers;
  bool operator==(const Result&) const = default;
};
// Items of a lost worker, which this one is to compute as well.
struct Again {
  std::uint64_t round = 0;
  std::vector<std::uint32_t> items;
  bool operator==(const Again&) const = default;
};
// An evaluation begins. Its rounds have numbers of their own, with the highest bit set.
struct Evaluate {
  std::uint64_t round = 0;
  std::uint8_t split = 0;
  Hand hand;
  bool operator==(const Evaluate&) const = default;
};
// Records of the journal (frames) that the worker does not have, up to `step`.
struct Records {
  std::uint64_t step = 0;
  std::string frames;
  bool operator==(const Records&) const = default;
};
// The run, or this worker's part in it, is over.
struct End {
  enum class How : std::uint8_t {
    Completed,    // or stopped for good
    Interrupted,  // to be resumed
    Failed,
    Released,  // the run goes on without this worker
    Anew,      // the run goes on from its journal: everybody begins anew, see Anew
  };
  How how = How::Completed;
  std::string reason;
  bool operator==(const End&) const = default;
};

// Worker to leader ------------------------------------------------------------------------------

// The worker has done all steps up to this one.
struct Ready {
  std::uint64_t step = 0;
  bool operator==(const Ready&) const = default;
};
// Numbers of items that the worker has computed. check: see Work::check.
struct Answer {
  std::uint64_t round = 0, check = 0;
  std::vector<std::uint32_t> items;
  Numbers numbers;
  bool operator==(const Answer&) const = default;
};
// The worker begins anew, as it was told to. What it said before is void; it is waiting for the
// records of the steps so far.
struct Anew {
  bool operator==(const Anew&) const = default;
};
// The worker wants to go when its items are done.
struct Leave {
  std::string why;
  bool operator==(const Leave&) const = default;
};

// Both ------------------------------------------------------------------------------------------

// Nothing but a sign of life, while one of them is busy.
struct Alive {
  bool operator==(const Alive&) const = default;
};

using Message =
    std::variant<Alive, Deal, Result, Again, Evaluate, Records, End, Ready, Answer, Anew, Leave>;

// Appends a message's bytes; several of them may follow one another.
TRAINBUS_EXPORT void append(const Message& message, std::string& bytes);
TRAINBUS_EXPORT std::string bytes_of(const Message& message);
// The messages in these bytes, in order; several signs of life in a row are one, so that the memory
// is in proportion to the bytes. Throws RunError if they are not what append() writes.
TRAINBUS_EXPORT std::vector<Message> messages_in(std::string_view bytes);

inline constexpr std::uint64_t evaluation_round = std::uint64_t{1} << 63;

}  // namespace trainbus::ranks
