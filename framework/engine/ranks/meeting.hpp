// Where the processes of a run meet: c10d's TCPStore, a table of texts that the leader (or the
// launcher's agent) serves.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/export.hpp"
#include "core/ranks/place.hpp"

namespace trainbus::ranks {

// One process's access to the meeting: one connection, whatever it is used for, since c10d asks the
// name service for the other end's name at each, which takes seconds where nobody answers. There is
// no password: whoever reaches the port can take part, so it is for trusted networks only. Any
// thread.
class TRAINBUS_EXPORT Meeting {
 public:
  // The leader serves the meeting on place.host:port, and on no other address, unless the launcher
  // has a store there. A worker waits for it, at most this long. Throws UsageError if the leader
  // cannot listen there, RunError if a worker does not reach it or give_up says so.
  Meeting(const Place& place, std::chrono::milliseconds patience,
          const std::function<bool()>& give_up = {});
  ~Meeting();
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  // All four throw RunError if the meeting is gone.
  void set(const std::string& key, const std::string& text);
  std::optional<std::string> find(const std::string& key);
  std::int64_t add(const std::string& key, std::int64_t number);
  // Waits until the key is there; returns none at the deadline, or when give_up says so.
  std::optional<std::string> wait(const std::string& key, std::chrono::milliseconds patience,
                                  const std::function<bool()>& give_up = {});

  // This machine's address as the others reach it.
  const std::string& address() const { return address_; }

 private:
  struct Connection;  // c10d's types
  std::unique_ptr<Connection> connection_;
  std::string address_;
};

}  // namespace trainbus::ranks
