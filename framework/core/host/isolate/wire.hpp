// What goes between the training process and an isolated observer's process: frames of a length, a
// type and fields, over a socket. Both ends are of one build, so there is no version.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/bus/event.hpp"
#include "core/export.hpp"

namespace trainbus::isolate {

enum class Type : std::uint8_t {
  // to the observer
  Start,   // plugin file, id, instance, run directory, terminal flags and columns, options
  Event,   // columns, the event
  Save,    // wants State
  Load,    // bytes; wants Done
  End,     // destroy the instance and exit
  Answer,  // to Ask: ok, why not
  // from it
  Ready,   // created
  Failed,  // not created: why
  Done,    // an event or a load: ok, why not, what a metric observer emitted
  State,   // ok, bytes or why not
  Log,     // level, message
  Live,    // row, line
  Print,   // line
  Ask      // a Question, a path; wants Answer, but for Release
};

// What an instance asks the run's register of files.
enum class Question : std::uint8_t { Claim, Release, Owned };

struct Frame {
  Type type = Type::End;
  std::string fields;
};

// Fields, one after the other.
class FieldWriter {
 public:
  template <class Number>
  requires std::is_arithmetic_v<Number> FieldWriter& put(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  FieldWriter& put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class TRAINBUS_EXPORT FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}
  // Throws RunError if the frame is too short.
  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, piece(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view text() { return piece(number<std::uint64_t>()); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view piece(std::uint64_t size);
  std::string_view bytes_;
};

TRAINBUS_EXPORT void put_event(FieldWriter& to, const Event& event);
TRAINBUS_EXPORT Event get_event(FieldReader& from);

// The bytes that have arrived, cut into frames.
class TRAINBUS_EXPORT FrameBuffer {
 public:
  // No frame is near this size: a run's options and a histogram are far smaller.
  static constexpr std::size_t most_bytes = std::size_t{1} << 26;

  void append(std::string_view bytes) { arrived_.append(bytes); }
  // The next whole frame, if it is there.
  std::optional<Frame> cut();
  // Whether a frame says that it is larger than any is: nothing is cut off any more.
  bool broken() const { return broken_; }
  // Whether so much has arrived that no more is to be taken before some of it is cut off.
  bool full() const { return arrived_.size() - used_ > 2 * most_bytes; }

 private:
  std::string arrived_;
  std::size_t used_ = 0;
  bool broken_ = false;
};

// One end of the socket, which it owns. A broken connection is no error here: functions say that it
// is closed.
class Wire {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Sent { Yes, Closed, TooLate };

  // So that two ends that both send cannot block each other, one of them, the training process,
  // keeps what arrives while it sends: of that end all functions are for one thread at a time. The
  // other may send from one thread (at a time) while another receives.
  enum class WhileSending { Read, OnlySend };

  Wire(int fd, WhileSending while_sending) : fd_(fd), while_sending_(while_sending) {}
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Waits until the other end has taken it all, until the deadline.
  Sent send(Type type, std::string_view fields, Clock::time_point deadline);
  // The next frame; none if it does not come before the deadline, or if the connection is closed.
  std::optional<Frame> receive(Clock::time_point deadline);
  // The connection is closed or unusable, and all that arrived is received.
  bool closed() const { return closed_ || arrived_.broken(); }
  // What arrives can no longer be told apart.
  bool broken() const { return arrived_.broken(); }

 private:
  bool wait(short events, Clock::time_point deadline, short& ready);
  void read_some();

  const int fd_;
  const WhileSending while_sending_;
  std::atomic<bool> closed_ = false;
  FrameBuffer arrived_;
};

}  // namespace trainbus::isolate
