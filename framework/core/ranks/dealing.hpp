// Which process computes which item of a step. Pure functions of who is there, so that everybody
// comes to the same answer, and so that they can be tested and simulated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/export.hpp"

namespace trainbus::ranks {

// A process of the run, as its leader numbers them: 0 is the leader, workers count from 1 in the
// order in which they came. A number is never used again.
using WorkerId = std::uint32_t;
inline constexpr WorkerId the_leader = 0;

// One process's part of a deal: item k is that of hand k mod hands.
struct Hand {
  std::uint32_t hands = 1, hand = 0;
  bool has(std::size_t item) const { return hand < hands && item % hands == hand; }
  // A hand without any item.
  static Hand none(std::uint32_t hands) { return {hands, hands}; }
  bool operator==(const Hand&) const = default;
};

// The items of one round: who has each, and which are done. All but deal_anew() take a time that
// does not grow with the items, and with the players as log does.
class TRAINBUS_EXPORT Dealing {
 public:
  // Deals `items` items to these processes in turn; at least one.
  Dealing(std::size_t items, const std::vector<WorkerId>& players);

  // The player's hand at the beginning; none if it is no player.
  Hand hand_of(WorkerId player) const;
  bool has_hand(WorkerId player) const { return hand_index(player) < parts_.size(); }
  std::size_t items() const { return holders_.size(); }
  // Who is to compute the item, or has done so.
  WorkerId holder(std::size_t item) const { return holders_[item]; }
  bool is_done(std::size_t item) const { return done_[item]; }
  bool all_done() const { return open_ == 0; }
  // How many items this player still has to compute.
  std::size_t open_of(WorkerId player) const;
  // The first item that this player still has to compute.
  std::optional<std::size_t> next_of(WorkerId player) const;

  // Marks an item as done. False if it was done already, or is another's.
  bool finish(std::size_t item, WorkerId player);
  // Deals what the lost player has not done to the others in turn, the least burdened first.
  // Returns the items; holder() says whose they are now. `others` is not empty.
  std::vector<std::size_t> deal_anew(WorkerId lost, std::span<const WorkerId> others);

 private:
  // What is left of the hand that a player got at the beginning.
  struct Part {
    std::size_t open = 0;
    std::size_t next = 0;  // its first item that is not done, if any is open
  };
  std::size_t hand_index(WorkerId player) const;

  std::vector<Part> parts_;                                // of each hand
  std::vector<std::pair<WorkerId, std::uint32_t>> hands_;  // of each player, by player
  std::map<WorkerId, std::set<std::size_t>> anew_;         // open items that were another's before
  std::vector<WorkerId> holders_;
  std::vector<bool> done_;
  std::size_t open_;
};

}  // namespace trainbus::ranks
