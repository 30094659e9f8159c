// Who takes part: arrivals, newcomers, those that leave, and those that are lost.
#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "core/ranks/leader.hpp"

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
  if (rules_.is_fixed && next_round_ > 0) return send_away(arrival.worker, arrival.text);
  Member& member = members_[arrival.worker];
  member.name = arrival.text;
  member.rank = arrival.rank;
  send_records(arrival.worker, member);
}

// All of them.
void Leader::send_records(WorkerId worker, Member& member) try {
  member.step = done_;
  links_.send(worker, bytes_of(Records{done_, hooks_.records(0, done_)}));
} catch (const RunError& error) {
  lose(worker, error.what());
}

void Leader::send_away(WorkerId worker, const std::string& name) {
  const std::string why =
      "it came after the first step, and the ranks of a first-order run are fixed";
  links_.send(worker, bytes_of(End{End::How::Failed, why}));
  links_.drop(worker, false);
  tell(name + " is sent away: " + why, false);
}

// Those that came before the first step of a group that is fixed, but were not ready in time.
void Leader::send_latecomers_away() {
  for (auto at = members_.begin(); at != members_.end();)
    if (at->second.state == Member::State::In) {
      ++at;
    } else {
      send_away(at->first, at->second.name);
      at = members_.erase(at);
    }
}

void Leader::read(WorkerId from, const Message& message) {
  Member& member = members_.at(from);
  if (std::holds_alternative<Anew>(message)) {
    if (!std::exchange(member.is_void, false)) return lose(from, "it begins anew, unasked");
    return send_records(from, member);
  }
  if (member.is_void) return;
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
  // Who came in later has begun this round at other parameters, and has no part in it.
  const bool shares = answer.round >= members_.at(from).first_round;
  if (shares && answer.check != round->check && round->work.check)
    return lose(from, "its parameters are no longer those of the run (found at " +
                          name_of(round->work) +
                          "); its memory or processor may be faulty. What it computed since the "
                          "last comparison of the same part has been used");
  const float* values = answer.numbers.values.data();
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    const std::uint32_t count = answer.numbers.counts[i];
    const std::size_t width = round->work.width_of(answer.items[i]);
    if (width != 0 && count != width)
      return lose(from, "it answered an item with " + std::to_string(count) + " numbers, not " +
                            std::to_string(width));
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
  next_look_ = links_.now() + rules_.patience;
  while (ready() < workers && links_.now() < until && !(give_up && give_up())) {
    if (const auto arrival = links_.next(std::min(until, links_.now() + glance))) {
      hear(*arrival);
      hear_all();
    }
    find_silent();
  }
  if (next_round_ > 0) return;
  // They are dealt the first rounds now, so that they share an evaluation before the first step.
  for (auto& [id, member] : members_)
    if (member.state == Member::State::Ready && !member.leaves && member.step == done)
      member.state = Member::State::In;
  const Players first = players();
  if (is_anew_ && first.size() < rules_.fewest_ranks)
    must_end_ = "fewer than " + std::to_string(rules_.fewest_ranks) + " processes are left";
  const auto hands = static_cast<std::uint32_t>(first.size());
  for (std::uint64_t round = 0; round <= rules_.overlap; ++round) {
    promised_[round] = first;
    for (std::uint32_t hand = 1; hand < hands; ++hand)
      links_.send(first[hand], bytes_of(Deal{round, {hands, hand}}));
  }
}

// Workers that are ready join before a step's first round.
void Leader::take_in() {
  done_ = rounds_.front().work.number;
  std::vector<std::pair<WorkerId, std::string>> lost;
  for (auto& [id, member] : members_) try {
      if (member.state == Member::State::Ready && !member.leaves) take_in(id, member);
    } catch (const RunError& error) {  // its records cannot be had
      lost.emplace_back(id, error.what());
    }
  for (const auto& [id, why] : lost) lose(id, why);
}

void Leader::take_in(WorkerId worker, Member& member) {
  std::string bytes;
  const std::uint64_t behind = done_ - std::min(member.step, done_);
  if (behind > 0) append(Records{done_, hooks_.records(member.step, done_)}, bytes);
  member.step = done_;
  member.state = Member::State::Coming;  // until it is ready again
  // A worker that replays begins its rounds ahead as well, so it cannot begin the first one, which
  // everybody else begins without an update missing.
  const bool can_begin = behind == 0 || rounds_.size() > rules_.overlap;
  if (can_begin && behind <= most_steps_behind) {
    member.state = Member::State::In;
    member.first_round = rounds_.back().id;
    const Hand nothing = Hand::none(1);
    for (const Round& round : rounds_)
      if (round.id != rounds_.back().id || promised_.contains(round.id))
        append(Deal{round.id, nothing}, bytes);
    for (const auto& [id, others] : promised_)
      if (id > rounds_.back().id) append(Deal{id, nothing}, bytes);
    if (next_round_ > rounds_.size())
      tell(member.name + " computes from step " + std::to_string(rounds_.back().work.number + 1) +
               " on",
           false);
  }
  if (!bytes.empty()) links_.send(worker, std::move(bytes));
}

void Leader::begin_anew(const std::string& why) {
  rounds_.clear();
  promised_.clear();
  early_.clear();
  next_round_ = 0;
  last_step_ = no_step;
  is_anew_ = true;
  for (auto& [id, member] : members_) {
    member = {.name = member.name, .rank = member.rank, .is_void = true};
    links_.send(id, bytes_of(End{End::How::Anew, why}));
  }
}

void Leader::lose(WorkerId worker, const std::string& why, bool is_gone) {
  const Member member = members_.at(worker);
  members_.erase(worker);
  if (!is_gone) links_.send(worker, bytes_of(End{End::How::Failed, why}));
  links_.drop(worker, is_gone);
  if (member.state != Member::State::In)
    return tell(member.name + " is lost before it took part in a step: " + why, true);
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
                            ", whose losses belong to the parameters before the last update",
                        must_end_.empty()};
  Players others = players();
  // A worker that replays takes its last recorded update right after it has begun the first round.
  const bool may_be_past = rules_.overlap > 0 && round.id == 0;
  std::erase_if(others, [&](WorkerId worker) {
    return worker != the_leader && (may_be_past || members_.at(worker).first_round > round.id);
  });
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

// When to look for lost workers, at the latest.
Nanoseconds Leader::next_deadline(const Round& round) {
  const Nanoseconds now = links_.now();
  Nanoseconds deadline = std::min(next_look_, hopeless_after(round) + Nanoseconds(1));
  if (round.work.give_up) deadline = std::min(deadline, now + glance);
  return std::max(deadline, now + std::chrono::milliseconds(1));
}

// From when on a worker that still has a part hangs: it is alive, but keeps everybody waiting many
// times as long as the others needed.
Nanoseconds Leader::hopeless_after(const Round& round) const {
  const Nanoseconds worked = round.last_done - round.began;
  return std::max(round.last_done, round.awaited) + std::max(rules_.patience, hopeless * worked);
}

// Before the first round, when nobody has a part yet.
void Leader::find_silent() {
  const Nanoseconds now = links_.now();
  if (now < next_look_) return;
  next_look_ = now + rules_.patience;
  std::vector<std::pair<WorkerId, Nanoseconds>> silent;
  for (const auto& [id, member] : members_) {
    const Nanoseconds heard = links_.last_heard(id);
    if (now - heard >= rules_.patience) silent.emplace_back(id, now - heard);
    next_look_ = std::min(next_look_, heard + rules_.patience);
  }
  for (const auto& [id, silence] : silent)
    lose(id, "nothing was heard of it for " + seconds_text(silence), true);
}

// Workers that have been silent too long, and those that hang. Looks at all of them only when one
// may be: a sign of life moves that moment on.
void Leader::find_lost(Round& round) {
  const Nanoseconds now = links_.now();
  const bool is_hopeless = !round.dealing.next_of(the_leader) && now > hopeless_after(round);
  if (now < next_look_ && !is_hopeless) return;
  struct Lost {
    WorkerId id;
    std::string why;
    bool is_silent;
  };
  std::vector<Lost> lost;
  next_look_ = now + rules_.patience;
  for (const auto& [id, member] : members_) {
    const Nanoseconds heard = links_.last_heard(id), silence = now - heard;
    const bool has_part = round.dealing.open_of(id) > 0;
    const std::string part = "its part of " + name_of(round.work);
    if (silence >= rules_.patience)
      lost.push_back({id,
                      "nothing was heard of it for " + seconds_text(silence) +
                          (has_part ? ", with " + part + " open" : ""),
                      true});
    else if (is_hopeless && has_part)
      lost.push_back({id,
                      "it is alive, but " + part + " is still open " +
                          seconds_text(now - round.last_done) +
                          " after all others were done, which took " +
                          seconds_text(round.last_done - round.began),
                      false});
    next_look_ = std::min(next_look_, heard + rules_.patience);
  }
  for (const auto& [id, why, is_silent] : lost)
    if (members_.contains(id)) lose(id, why, is_silent);
}

void Leader::end(End::How how, const std::string& reason) {
  while (const auto arrival = links_.next(no_wait))  // those that came in the meantime have to know
    if (arrival->what == Arrival::What::Came) members_[arrival->worker];
  const std::string bytes = bytes_of(End{how, reason});
  for (const auto& [id, member] : members_) {
    links_.send(id, bytes);
    links_.drop(id, false);
  }
  members_.clear();
}

}  // namespace trainbus::ranks
