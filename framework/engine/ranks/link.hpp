// A link between two processes: messages both ways over a Gloo group of two. What happens to one
// link leaves all others alone, which Gloo's larger groups do not promise.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "engine/ranks/meeting.hpp"

namespace trainbus::ranks {

// What the thread of a link tells its owner.
struct LinkEvents {
  std::function<void(std::string bytes)> said;       // a message of the other side
  std::function<void(const std::string& why)> lost;  // the link is gone; nothing comes after it
};

// The next receives are always posted ahead, so that a message takes half a round trip. send() may
// be called on any thread.
class TRAINBUS_EXPORT Link {
 public:
  // Opens the link `name`; waits for the other side, at most this long. side: 0 or 1, one each.
  // Throws RunError.
  Link(Meeting& meeting, const std::string& name, int side, std::chrono::milliseconds patience);
  // Waits, for at most a second or two, until the other side has got everything, unless
  // close() was called.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Begins to receive; once.
  void listen(LinkEvents events);
  // Does not wait. What cannot be sent shows up as the link's loss.
  void send(const std::string& bytes);
  // Gives the link up: nothing more is received or waited for. Any thread but the link's own.
  void close();

  // When something came last, of steady_clock.
  std::chrono::nanoseconds last_heard() const;
  // When something was sent last.
  std::chrono::nanoseconds last_sent() const;

 private:
  class Ends;
  std::unique_ptr<Ends> ends_;
};

}  // namespace trainbus::ranks
