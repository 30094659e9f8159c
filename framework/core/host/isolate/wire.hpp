// The protocol between the training process and an isolated plugin's process: frames of a length,
// a type and fields, over a socket. Both ends are of the same build, so there is no version.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "core/host/option.hpp"

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
  Ask,     // a Question, a path; wants Answer, but for Release
  // to a reward
  StartRewards,  // plugin file, id, instance, threads, limit in ns, options; wants Ready or Failed
  Item,          // an answer of the next Judge
  Judge,         // judge the items that were sent: wants Begun and Judged for each, or Failed
  // from it
  Begun,  // number of the item
  Judged  // number of the item, its reward
};

// Questions of an instance to the run's register of files.
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

// The values of a plugin's options, and back: checked, as a user's are.
void put_options(FieldWriter& to, const OptionValues& values, const std::vector<Option>& schema);
void get_options(FieldReader& from, OptionValues& values);

TRAINBUS_EXPORT void put_event(FieldWriter& to, const Event& event);
TRAINBUS_EXPORT Event get_event(FieldReader& from);

// Cuts the received bytes into frames.
class TRAINBUS_EXPORT FrameBuffer {
 public:
  // No frame is near this size: a run's options and a histogram are far smaller.
  static constexpr std::size_t most_bytes = std::size_t{1} << 26;

  void append(std::string_view bytes) { arrived_.append(bytes); }
  // The next whole frame, if it has arrived.
  std::optional<Frame> cut();
  // Whether a frame claims to be larger than any frame can be: then no more frames are cut.
  bool broken() const { return broken_; }
  // Whether so much has arrived that frames have to be cut before more is received.
  bool full() const { return arrived_.size() - used_ > 2 * most_bytes; }

 private:
  std::string arrived_;
  std::size_t used_ = 0;
  bool broken_ = false;
};

// One end of the socket, which it owns. A broken connection is not an error: functions report that
// it is closed.
class Wire {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Sent { Yes, Closed, TooLate };

  // Two ends that both send could block each other. Therefore the training process also reads while
  // it sends; all functions of its end are for one thread at a time. The other end may send from
  // one thread (at a time) while another receives.
  enum class WhileSending { Read, OnlySend };

  Wire(int fd, WhileSending while_sending) : fd_(fd), while_sending_(while_sending) {}
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Waits until the other end has received everything, at most until the deadline.
  Sent send(Type type, std::string_view fields, Clock::time_point deadline);
  // The next frame; none if it does not arrive before the deadline, or if the connection is closed.
  std::optional<Frame> receive(Clock::time_point deadline);
  // The connection is closed or unusable, and all that arrived is received.
  bool closed() const { return closed_ || arrived_.broken(); }
  // Whether the received bytes can no longer be cut into frames.
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
