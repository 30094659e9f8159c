// How leader and workers reach one another: what their rules need of a network. The engine has
// links over c10d, tests and the simulation have their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/export.hpp"
#include "core/io/error.hpp"
#include "core/ranks/dealing.hpp"

namespace trainbus::ranks {

using Nanoseconds = std::chrono::nanoseconds;

// Something that reached the leader from one worker.
struct Arrival {
  enum class What {
    Came,  // a new worker, whose link is open; text: its name for people, "rank 2 (host, pid 17)"
    Said,  // text: the bytes of messages
    Lost,  // the link is gone; text: why
  };
  WorkerId worker = 0;
  What what = What::Said;
  std::string text;
  std::int64_t rank = -1;  // of one that came: the launcher's number, or −1
};

// The leader's links, one to each worker. All functions are called on one thread.
class TRAINBUS_EXPORT LeaderLinks {
 public:
  virtual ~LeaderLinks();
  virtual Nanoseconds now() = 0;  // of a steady clock
  // The next arrival; waits for it until `until`, a time already over: does not wait.
  virtual std::optional<Arrival> next(Nanoseconds until) = 0;
  // Does not wait for the worker. A failure comes as an arrival, Lost.
  virtual void send(WorkerId worker, std::string bytes) = 0;
  // When a sign of life of the worker came last.
  virtual Nanoseconds last_heard(WorkerId worker) = 0;
  // Nothing more arrives from this worker. is_gone: closes the link at once; else it closes when
  // the worker has got what was sent.
  virtual void drop(WorkerId worker, bool is_gone) = 0;
};

// The link to the leader is broken, or the leader has been silent for too long.
class TRAINBUS_EXPORT LeaderIsGone : public RunError {
 public:
  using RunError::RunError;
  ~LeaderIsGone() override;
};

// A worker's link to its leader. One thread.
class TRAINBUS_EXPORT WorkerLink {
 public:
  virtual ~WorkerLink();
  virtual Nanoseconds now() = 0;
  // The next bytes of messages; none if there are none until `until`. Throws RunError if the link
  // is gone, and all that had arrived before was given out.
  virtual std::optional<std::string> next(Nanoseconds until) = 0;
  // Does not wait, and does not throw if the link is gone: next() does, after the leader's last
  // words, which say why.
  virtual void send(std::string bytes) = 0;
  virtual Nanoseconds last_heard() = 0;
};

}  // namespace trainbus::ranks
