#include "core/ranks/leader.hpp"

#include <algorithm>
#include <utility>

namespace trainbus::ranks {
namespace {

constexpr std::size_t deal_bytes = 32;  // that a deal takes at most

}  // namespace

Rounds::~Rounds() = default;
LeaderLinks::~LeaderLinks() = default;
WorkerLink::~WorkerLink() = default;
LeaderIsGone::~LeaderIsGone() = default;

Leader::Leader(LeaderLinks& links, LeaderRules rules, LeaderHooks hooks)
    : links_(links), rules_(rules), hooks_(std::move(hooks)) {}

void Leader::tell(const std::string& what, bool severe) const {
  if (hooks_.tell) hooks_.tell(what, severe);
}

std::size_t Leader::size() const { return players().size(); }

std::vector<std::string> Leader::ready_names() const {
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [id, member] : members_)
    if (member.state != Member::State::Coming) order.emplace_back(member.rank, member.name);
  std::ranges::sort(order);
  std::vector<std::string> names;
  for (const auto& [rank, name] : order) names.push_back(name);
  return names;
}

std::size_t Leader::ready() const {
  return static_cast<std::size_t>(std::ranges::count_if(members_, [](const auto& each) {
    return each.second.state != Member::State::Coming;
  }));
}

// Those who can be dealt to, the leader first, then by the launcher's ranks.
Leader::Players Leader::players() const {
  std::vector<std::pair<std::int64_t, WorkerId>> order;
  for (const auto& [id, member] : members_)
    if (member.state == Member::State::In && !member.leaves) order.emplace_back(member.rank, id);
  std::ranges::sort(order);
  Players players = {the_leader};
  for (const auto& [rank, id] : order) players.push_back(id);
  return players;
}

Leader::Round* Leader::find(std::uint64_t id) {
  const auto found = std::ranges::find(rounds_, id, &Round::id);
  return found == rounds_.end() ? nullptr : &*found;
}

void Leader::begin(const Work& work) {
  hear_all();
  const std::uint64_t id = next_round_++;
  const bool is_first_of_step = std::exchange(last_step_, work.number) != work.number;
  Round& here = add_round(id, work, {the_leader});
  if (is_first_of_step && !(rules_.is_fixed && id > 0)) take_in();
  if (rules_.is_fixed && id == 0) send_latecomers_away();
  deal(here);
  if (work.check && !members_.empty()) here.check = work.check();
  for (const auto& [worker, answer] : std::exchange(early_, {}))
    if (members_.contains(worker)) read_answer(worker, answer);
  compute_own(here);
}

Leader::Round& Leader::add_round(std::uint64_t id, const Work& work, const Players& players) {
  Round round{id, work, Dealing(work.items, players), {}};
  round.numbers.resize(work.items);
  round.version = version_;
  round.began = round.last_done = round.awaited = links_.now();
  rounds_.push_back(std::move(round));
  return rounds_.back();
}

// Whoever had a promise and is lost by now had his items dealt anew at once.
void Leader::deal(Round& round) {
  const auto promise = promised_.find(round.id);
  const bool is_promised = promise != promised_.end();
  const Players asked = is_promised ? promise->second : players();
  round.dealing = Dealing(round.work.items, asked);
  if (!is_promised)
    for (const WorkerId player : asked)
      if (player != the_leader)
        links_.send(player, bytes_of(Deal{round.id, round.dealing.hand_of(player)}));
  for (const WorkerId player : asked)
    if (player != the_leader && !members_.contains(player)) deal_anew(round, player);
  if (is_promised) promised_.erase(promise);
}

bool Leader::is_given_up(const Round& round) { return round.work.give_up && round.work.give_up(); }

void Leader::compute_own(Round& round) {
  const std::uint64_t id = round.id;
  while (const auto item = round.dealing.next_of(the_leader)) {
    if (is_given_up(round)) return;
    std::vector<float> numbers;
    round.work.compute(*item, numbers);
    round.dealing.finish(*item, the_leader);
    store(round, *item, std::move(numbers));
    if (id == rounds_.front().id || (id & evaluation_round)) give(round, {});
    if (members_.empty()) continue;
    hear_all();
  }
}

// The numbers that are there without a gap.
void Leader::give(Round& round, const Take& take) {
  const Take& taker = round.work.take ? round.work.take : take;
  if (!taker) return;
  for (; round.taken < round.work.items && round.dealing.is_done(round.taken); ++round.taken)
    taker(round.taken, round.numbers[round.taken]);
}

bool Leader::finish(const Take& take) {
  Round& round = rounds_.front();
  const bool is_whole = complete(round, take);
  announce(round, !is_whole);
  rounds_.pop_front();
  release_leavers();
  return is_whole;
}

bool Leader::evaluate(const Work& work) {
  hear_all();
  const std::uint64_t id = next_evaluation_++;
  const Players asked = players();
  Round& round = add_round(id, work, asked);
  for (const WorkerId player : asked)
    if (player != the_leader)
      links_.send(player, bytes_of(Evaluate{id, static_cast<std::uint8_t>(work.number),
                                            round.dealing.hand_of(player)}));
  if (work.check && !members_.empty()) round.check = work.check();
  compute_own(round);
  const bool is_whole = complete(round, {});
  announce(round, !is_whole);
  rounds_.pop_back();
  return is_whole;
}

// Items of later rounds that were a lost worker's are the leader's own now, too: they are computed
// before this round's numbers change the parameters.
void Leader::compute_what_is_dealt_anew() {
  for (std::size_t i = 0; i < rounds_.size(); ++i) compute_own(rounds_[i]);
}

// False: it was given up.
bool Leader::complete(Round& round, const Take& take) {
  round.awaited = links_.now();
  while (true) {
    compute_what_is_dealt_anew();
    give(round, take);
    const bool is_idle = std::ranges::none_of(rounds_, [](const Round& each) {
      return each.dealing.next_of(the_leader) && !is_given_up(each);
    });
    if (is_idle && round.dealing.all_done()) return true;
    if (is_given_up(round)) return false;
    if (!is_idle) continue;
    if (const auto arrival = links_.next(next_deadline(round))) {
      hear(*arrival);
      hear_all();
    }
    find_lost(round);
  }
}

// Sends the numbers to all, and with them everybody's part of the next round.
void Leader::announce(Round& round, bool given_up) {
  if (members_.empty()) return;
  Result result{round.id, given_up, {}};
  if (!given_up)
    for (const std::vector<float>& numbers : round.numbers) {
      result.numbers.counts.push_back(static_cast<std::uint32_t>(numbers.size()));
      result.numbers.values.insert(result.numbers.values.end(), numbers.begin(), numbers.end());
    }
  const std::string shared = bytes_of(result);
  const bool is_evaluation = round.id & evaluation_round;
  const std::uint64_t next = round.id + 1 + rules_.overlap;
  const Players players = this->players();
  const auto hands = static_cast<std::uint32_t>(players.size());
  const auto send = [&](WorkerId worker, Hand hand) {
    std::string bytes;
    bytes.reserve(shared.size() + deal_bytes);
    bytes = shared;
    if (!is_evaluation) append(Deal{next, hand}, bytes);
    links_.send(worker, std::move(bytes));
  };
  if (is_evaluation) {  // for those that were asked
    for (const auto& [id, member] : members_)
      if (round.dealing.has_hand(id)) send(id, {});
    return;
  }
  for (std::uint32_t hand = 1; hand < hands; ++hand) send(players[hand], {hands, hand});
  for (const auto& [id, member] : members_)
    if (member.state == Member::State::In && member.leaves) send(id, Hand::none(hands));
  promised_[next] = players;
}

}  // namespace trainbus::ranks
