#include "core/ranks/dealing.hpp"

#include <algorithm>

namespace trainbus::ranks {

Dealing::Dealing(std::size_t items, const std::vector<WorkerId>& players)
    : parts_(players.size()), done_(items, false), open_(items) {
  holders_.reserve(items);
  for (std::size_t item = 0; item < items; ++item) {
    holders_.push_back(players[item % players.size()]);
    ++parts_[item % players.size()].open;
  }
  hands_.reserve(players.size());
  for (std::uint32_t hand = 0; hand < players.size(); ++hand) {
    parts_[hand].next = hand;
    hands_.emplace_back(players[hand], hand);
  }
  std::ranges::sort(hands_);
}

// The number of hands if the player has none.
std::size_t Dealing::hand_index(WorkerId player) const {
  const auto found =
      std::ranges::lower_bound(hands_, player, {}, &std::pair<WorkerId, std::uint32_t>::first);
  return found == hands_.end() || found->first != player ? parts_.size() : found->second;
}

Hand Dealing::hand_of(WorkerId player) const {
  return {static_cast<std::uint32_t>(parts_.size()),
          static_cast<std::uint32_t>(hand_index(player))};
}

std::size_t Dealing::open_of(WorkerId player) const {
  const std::size_t hand = hand_index(player);
  const auto anew = anew_.find(player);
  return (hand < parts_.size() ? parts_[hand].open : 0) +
         (anew == anew_.end() ? 0 : anew->second.size());
}

std::optional<std::size_t> Dealing::next_of(WorkerId player) const {
  std::optional<std::size_t> next;
  const std::size_t hand = hand_index(player);
  if (hand < parts_.size() && parts_[hand].open > 0) next = parts_[hand].next;
  const auto anew = anew_.find(player);
  if (anew == anew_.end() || anew->second.empty()) return next;
  const std::size_t first = *anew->second.begin();
  return next ? std::min(*next, first) : first;
}

bool Dealing::finish(std::size_t item, WorkerId player) {
  if (item >= items() || done_[item] || holders_[item] != player) return false;
  done_[item] = true;
  --open_;
  const std::size_t hand = hand_index(player);
  if (item % parts_.size() != hand) {
    anew_.at(player).erase(item);
    return true;
  }
  Part& part = parts_[hand];
  --part.open;
  while (part.open > 0 && done_[part.next]) part.next += parts_.size();
  return true;
}

std::vector<std::size_t> Dealing::deal_anew(WorkerId lost, std::span<const WorkerId> others) {
  std::vector<std::pair<std::size_t, WorkerId>> burdens;
  for (const WorkerId other : others) burdens.emplace_back(open_of(other), other);
  std::ranges::stable_sort(burdens, {}, &std::pair<std::size_t, WorkerId>::first);
  std::vector<std::size_t> dealt;
  while (const auto item = next_of(lost)) {
    finish(*item, lost);
    done_[*item] = false;
    ++open_;
    holders_[*item] = burdens[dealt.size() % burdens.size()].second;
    dealt.push_back(*item);
  }
  for (const std::size_t item : dealt) anew_[holders_[item]].insert(item);
  return dealt;
}

}  // namespace trainbus::ranks
