#include "core/ranks/leader.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::ranks {
namespace {

constexpr Nanoseconds no_wait{0};
// How often a wait looks at what may end it besides an arrival.
constexpr Nanoseconds glance = std::chrono::milliseconds(100);
// A worker that lacks more steps than this first catches up while the others go on.
constexpr std::uint64_t most_steps_behind = 64;
// A worker that is alive but this many times slower than all others hangs.
constexpr int hopeless = 10;

std::string seconds_text(Nanoseconds time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + (tenths % 10 ? "." + std::to_string(tenths % 10) : "") +
         " s";
}

std::string name_of(const Work& work) {
  if (work.kind == Work::Kind::Evaluation) return "an evaluation";
  return "step " + std::to_string(work.number + 1);
}

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

std::size_t Leader::ready() const { return ready_names().size(); }

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

// Arrivals ----------------------------------------------------------------------------------------

void Leader::hear_all() {
  while (const std::optional<Arrival> arrival = links_.next(no_wait)) hear(*arrival);
}

void Leader::hear(const Arrival& arrival) {
  if (arrival.what == Arrival::What::Came) return welcome(arrival);
  if (!members_.contains(arrival.worker)) return;
  if (arrival.what == Arrival::What::Lost) return lose(arrival.worker, arrival.text, true);
  std::vector<Message> messages;
  try {
    messages = messages_in(arrival.text);
  } catch (const RunError& error) {
    return lose(arrival.worker, error.what());
  }
  for (const Message& message : messages)
    if (members_.contains(arrival.worker)) read(arrival.worker, message);
}

// A new worker first gets the steps so far, and says when it has replayed them.
void Leader::welcome(const Arrival& arrival) {
  if (rules_.is_fixed && next_round_ > 0) {
    const std::string why =
        "it came after the first step, and the ranks of a first-order run are fixed";
    links_.send(arrival.worker, bytes_of(End{End::How::Failed, why}));
    links_.drop(arrival.worker, false);
    return tell(arrival.text + " is sent away: " + why, false);
  }
  Member& member = members_[arrival.worker];
  member.name = arrival.text;
  member.rank = arrival.rank;
  member.step = done_;
  links_.send(arrival.worker, bytes_of(Records{done_, hooks_.records(0, done_)}));
}

void Leader::read(WorkerId from, const Message& message) {
  Member& member = members_.at(from);
  if (const auto* ready = std::get_if<Ready>(&message)) {
    if (member.state == Member::State::Coming && ready->step >= member.step)
      member.state = Member::State::Ready;
  } else if (const auto* answer = std::get_if<Answer>(&message)) {
    read_answer(from, *answer);
  } else if (const auto* leave = std::get_if<Leave>(&message)) {
    if (!std::exchange(member.leaves, true)) tell(member.name + " leaves: " + leave->why, false);
  } else if (!std::holds_alternative<Alive>(message)) {
    lose(from, "it said what only a leader says");
  }
}

void Leader::read_answer(WorkerId from, const Answer& answer) {
  Round* round = find(answer.round);
  if (!round) {
    if (promised_.contains(answer.round)) early_.emplace_back(from, answer);
    return;  // else it is finished without it
  }
  if (answer.check != round->check && round->work.check)
    return lose(from, "its parameters are no longer those of the run (found at " +
                          name_of(round->work) +
                          "); its memory or processor may be faulty. What it computed since the "
                          "last comparison of the same part has been used");
  const float* values = answer.numbers.values.data();
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    const std::uint32_t count = answer.numbers.counts[i];
    if (round->work.width != 0 && count != round->work.width)
      return lose(from, "it answered an item with " + std::to_string(count) + " numbers, not " +
                            std::to_string(round->work.width));
    if (round->dealing.finish(answer.items[i], from))
      store(*round, answer.items[i], {values, values + count});
    values += count;
  }
}

void Leader::store(Round& round, std::size_t item, std::vector<float> numbers) {
  round.numbers[item] = std::move(numbers);
  round.last_done = links_.now();
}

// Membership --------------------------------------------------------------------------------------

void Leader::gather(std::size_t workers, std::uint64_t done, Nanoseconds until,
                    const std::function<bool()>& give_up) {
  done_ = done;
  while (ready() < workers && links_.now() < until && !(give_up && give_up()))
    if (const auto arrival = links_.next(std::min(until, links_.now() + glance))) hear(*arrival);
}

// Workers that are ready join before a step's first round.
void Leader::take_in() {
  done_ = rounds_.front().work.number;
  for (auto& [id, member] : members_)
    if (member.state == Member::State::Ready) take_in(id, member);
}

void Leader::take_in(WorkerId worker, Member& member) {
  std::string bytes;
  const std::uint64_t behind = done_ - std::min(member.step, done_);
  if (behind > 0) append(Records{done_, hooks_.records(member.step, done_)}, bytes);
  member.step = done_;
  member.state = Member::State::Coming;  // until it is ready again
  if (behind <= most_steps_behind) {
    member.state = Member::State::In;
    const Hand nothing = Hand::none(static_cast<std::uint32_t>(size()));
    for (const Round& round : rounds_)
      if (round.id != rounds_.back().id || promised_.contains(round.id))
        append(Deal{round.id, nothing}, bytes);
    if (next_round_ > rounds_.size())
      tell(member.name + " computes from step " + std::to_string(rounds_.back().work.number + 1) +
               " on",
           false);
  }
  if (!bytes.empty()) links_.send(worker, std::move(bytes));
}

void Leader::lose(WorkerId worker, const std::string& why, bool is_gone) {
  const Member member = members_.at(worker);
  members_.erase(worker);
  if (!is_gone) links_.send(worker, bytes_of(End{End::How::Failed, why}));
  links_.drop(worker, is_gone);
  if (member.state != Member::State::In)
    return tell(member.name + " is lost before it computed anything: " + why, true);
  const std::size_t left = size();
  tell(member.name + " is lost: " + why + ". The run goes on with " + std::to_string(left) +
           (left == 1 ? " process" : " processes"),
       true);
  if (left < rules_.fewest_ranks)
    must_end_ = member.name + " is lost, and fewer than " + std::to_string(rules_.fewest_ranks) +
                " processes are left";
  for (Round& round : rounds_) deal_anew(round, worker);
  if (rules_.is_fixed) throw StepAbandoned{member.name + " is lost: " + why};
}

void Leader::deal_anew(Round& round, WorkerId lost) {
  if (round.dealing.open_of(lost) == 0) return;
  if (round.version != version_)
    throw StepAbandoned{"a process is lost that had part of " + name_of(round.work) +
                        ", whose losses belong to the parameters before the last update"};
  const Players others = players();
  std::map<WorkerId, Again> parts;
  for (const std::size_t item : round.dealing.deal_anew(lost, others))
    parts[round.dealing.holder(item)].items.push_back(static_cast<std::uint32_t>(item));
  for (auto& [worker, again] : parts) {
    if (worker == the_leader) continue;
    again.round = round.id;
    links_.send(worker, bytes_of(again));
  }
}

// A worker that wants to go does when its items are done.
void Leader::release_leavers() {
  std::vector<WorkerId> leavers;
  for (const auto& [id, member] : members_)
    if (member.leaves && std::ranges::all_of(rounds_, [&](const Round& round) {
          return round.dealing.open_of(id) == 0;
        }))
      leavers.push_back(id);
  const bool ends = hooks_.is_ending && hooks_.is_ending();
  for (const WorkerId id : leavers) {
    links_.send(id, bytes_of(ends ? End{End::How::Interrupted, "the run is interrupted"}
                                  : End{End::How::Released, "the run goes on without it"}));
    links_.drop(id, false);
    members_.erase(id);
  }
  if (!leavers.empty() && size() < rules_.fewest_ranks)
    must_end_ = "fewer than " + std::to_string(rules_.fewest_ranks) + " processes are left";
  if (!leavers.empty() && rules_.is_fixed && must_end_.empty())
    must_end_ = "a process left, and the ranks of a first-order run are fixed";
}

// Rounds ------------------------------------------------------------------------------------------

void Leader::begin(const Work& work) {
  hear_all();
  const std::uint64_t id = next_round_++;
  const bool is_first_of_step = std::exchange(last_step_, work.number) != work.number;
  Round round{id, work, Dealing(0, {the_leader}), {}, 0, 0, version_, links_.now(), links_.now()};
  rounds_.push_back(std::move(round));
  Round& here = rounds_.back();
  if (is_first_of_step && !(rules_.is_fixed && id > 0)) take_in();
  deal(here);
  if (work.check && size() > 1) here.check = work.check();
  for (const auto& [worker, answer] : std::exchange(early_, {}))
    if (members_.contains(worker)) read_answer(worker, answer);
  compute_own(here);
}

// Whoever had a promise and is lost by now had his items dealt anew at once.
void Leader::deal(Round& round) {
  const auto promise = promised_.find(round.id);
  const bool is_promised = promise != promised_.end();
  const Players asked = is_promised ? promise->second : players();
  round.dealing = Dealing(round.work.items, asked);
  round.numbers.resize(round.work.items);
  if (!is_promised)
    for (const WorkerId player : asked)
      if (player != the_leader)
        links_.send(player, bytes_of(Deal{round.id, round.dealing.hand_of(player)}));
  for (const WorkerId player : asked)
    if (player != the_leader && !members_.contains(player)) deal_anew(round, player);
  if (is_promised) promised_.erase(promise);
}

void Leader::compute_own(Round& round) {
  const std::uint64_t id = round.id;
  while (const auto item = round.dealing.next_of(the_leader)) {
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
  rounds_.push_back(
      {id, work, Dealing(work.items, asked), {}, 0, 0, version_, links_.now(), links_.now()});
  Round& round = rounds_.back();
  round.numbers.resize(work.items);
  for (const WorkerId player : asked)
    if (player != the_leader)
      links_.send(player, bytes_of(Evaluate{id, static_cast<std::uint8_t>(work.number),
                                            round.dealing.hand_of(player)}));
  compute_own(round);
  const bool is_whole = complete(round, {});
  announce(round, !is_whole);
  rounds_.pop_back();
  return is_whole;
}

// False: it was given up.
bool Leader::complete(Round& round, const Take& take) {
  while (true) {
    give(round, take);
    if (round.dealing.all_done()) return true;
    if (round.work.give_up && round.work.give_up()) return false;
    compute_own(round);
    if (round.dealing.all_done()) continue;
    if (const auto arrival = links_.next(next_deadline(round))) {
      hear(*arrival);
      hear_all();
    }
    find_lost(round);
  }
}

Nanoseconds Leader::next_deadline(const Round& round) {
  const Nanoseconds now = links_.now();
  Nanoseconds deadline = now + rules_.patience;
  if (round.work.give_up) deadline = now + glance;
  for (const auto& [id, member] : members_)
    deadline = std::min(deadline, links_.last_heard(id) + rules_.patience);
  return std::max(deadline, now + std::chrono::milliseconds(1));
}

// Workers that have been silent too long; and those that are alive but keep everybody waiting many
// times as long as the others needed.
void Leader::find_lost(Round& round) {
  const Nanoseconds now = links_.now();
  struct Lost {
    WorkerId id;
    std::string why;
    bool is_silent;
  };
  std::vector<Lost> lost;
  const bool waits = !round.dealing.next_of(the_leader);
  const Nanoseconds worked = round.last_done - round.began, waited = now - round.last_done;
  const bool is_hopeless = waits && waited > std::max(rules_.patience, hopeless * worked);
  for (const auto& [id, member] : members_) {
    const Nanoseconds silence = now - links_.last_heard(id);
    const bool has_part = round.dealing.open_of(id) > 0;
    const std::string what = has_part ? ", with its part of " + name_of(round.work) + " open" : "";
    if (silence >= rules_.patience)
      lost.push_back({id, "nothing was heard of it for " + seconds_text(silence) + what, true});
    else if (is_hopeless && has_part)
      lost.push_back({id,
                      "it is alive, but its part of " + name_of(round.work) + " is still open " +
                          seconds_text(waited) + " after all others were done, which took " +
                          seconds_text(worked),
                      false});
  }
  for (const auto& [id, why, is_silent] : lost)
    if (members_.contains(id)) lose(id, why, is_silent);
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
  if (!is_evaluation) promised_[next] = players;
  const auto hands = static_cast<std::uint32_t>(players.size());
  for (const auto& [id, member] : members_) {
    if (member.state != Member::State::In) continue;
    std::string bytes = shared;
    if (!is_evaluation) {
      const auto place = std::ranges::find(players, id);
      append(Deal{next, {hands, static_cast<std::uint32_t>(place - players.begin())}}, bytes);
    }
    links_.send(id, std::move(bytes));
  }
}

void Leader::end(End::How how, const std::string& reason) {
  const std::string bytes = bytes_of(End{how, reason});
  for (const auto& [id, member] : members_) {
    links_.send(id, bytes);
    links_.drop(id, false);
  }
  members_.clear();
}

}  // namespace trainbus::ranks
