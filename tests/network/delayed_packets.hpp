#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <queue>
#include <utility>
#include <vector>

namespace trainbus::testing {

using Clock = std::chrono::steady_clock;

struct Packet {
  std::size_t from, to;  ///< indices of namespaces
  std::vector<std::byte> bytes;
};

/// Packets under way, each until the moment at which it is due. Between two namespaces none
/// overtakes another, whatever their delays.
class DelayedPackets {
 public:
  void add(Packet packet, Clock::time_point due) {
    Clock::time_point& last = last_due_[{packet.from, packet.to}];
    last = std::max(last, due);
    under_way_.push({last, added_++, std::move(packet)});
  }

  bool empty() const { return under_way_.empty(); }
  Clock::time_point next_due() const { return under_way_.top().due; }

  /// The packet that is due first; there must be one.
  Packet take() {
    Packet packet = under_way_.top().packet;
    under_way_.pop();
    return packet;
  }

 private:
  struct Entry {
    Clock::time_point due;
    std::uint64_t number;  // of two that are due at once, the one sent first
    Packet packet;
    bool operator<(const Entry& other) const {
      return due != other.due ? due > other.due : number > other.number;
    }
  };

  std::priority_queue<Entry> under_way_;
  std::map<std::pair<std::size_t, std::size_t>, Clock::time_point> last_due_;
  std::uint64_t added_ = 0;
};

}  // namespace trainbus::testing
