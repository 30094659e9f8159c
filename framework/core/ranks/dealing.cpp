#include "core/ranks/dealing.hpp"

#include <algorithm>
#include <utility>

namespace trainbus::ranks {

Dealing::Dealing(std::size_t items, std::vector<WorkerId> players)
    : players_(std::move(players)), done_(items, false), open_(items) {
  holders_.reserve(items);
  for (std::size_t item = 0; item < items; ++item)
    holders_.push_back(players_[item % players_.size()]);
}

Hand Dealing::hand_of(WorkerId player) const {
  const auto hands = static_cast<std::uint32_t>(players_.size());
  const auto found = std::ranges::find(players_, player);
  return {hands, static_cast<std::uint32_t>(found - players_.begin())};
}

std::size_t Dealing::open_of(WorkerId player) const {
  std::size_t open = 0;
  for (std::size_t item = 0; item < items(); ++item)
    open += holders_[item] == player && !done_[item];
  return open;
}

std::optional<std::size_t> Dealing::next_of(WorkerId player) const {
  for (std::size_t item = 0; item < items(); ++item)
    if (holders_[item] == player && !done_[item]) return item;
  return std::nullopt;
}

bool Dealing::finish(std::size_t item, WorkerId player) {
  if (item >= items() || done_[item] || holders_[item] != player) return false;
  done_[item] = true;
  --open_;
  return true;
}

std::vector<std::size_t> Dealing::deal_anew(WorkerId lost, std::span<const WorkerId> others) {
  std::vector<std::pair<std::size_t, WorkerId>> burdens;
  for (const WorkerId other : others) burdens.emplace_back(open_of(other), other);
  std::ranges::stable_sort(burdens);
  std::vector<std::size_t> dealt;
  for (std::size_t item = 0; item < items(); ++item) {
    if (holders_[item] != lost || done_[item]) continue;
    holders_[item] = burdens[dealt.size() % burdens.size()].second;
    dealt.push_back(item);
  }
  return dealt;
}

}  // namespace trainbus::ranks
