#include "core/ranks/worker.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/frame.hpp"

namespace trainbus::ranks {
namespace {

constexpr Nanoseconds glance = std::chrono::milliseconds(100);
constexpr std::uint64_t no_id = ~std::uint64_t{0};  // of a round whose numbers are recorded

[[noreturn]] void fail(const std::string& what) {
  throw RunError(what, "ranks", "All processes of a run must be of one build of trainbus.");
}

std::vector<journal::Step> steps_in(std::string_view frames) {
  std::vector<journal::Step> steps;
  while (!frames.empty()) {
    const journal::Frame frame = journal::first_frame(frames);
    if (!frame.whole()) fail("the leader sent a damaged record of a step");
    const std::optional<journal::Record> record = journal::decode(frame, false);
    if (const auto* step = record ? std::get_if<journal::Step>(&*record) : nullptr)
      steps.push_back(*step);
    frames.remove_prefix(frame.size);
  }
  return steps;
}

}  // namespace

Worker::Worker(WorkerLink& link, Nanoseconds patience, WorkerHooks hooks)
    : link_(link), patience_(patience), hooks_(std::move(hooks)) {}

// Waits for the leader's next message and acts on it: on one alone, since what several mean depends
// on what this process does between them. Evaluations and parts that are dealt anew are computed by
// the functions that wait.
void Worker::hear() {
  if (over_) throw RunIsOver{*over_};
  while (inbox_.empty()) {
    if (const std::optional<std::string> bytes = link_.next(link_.now() + glance)) {
      for (Message& message : messages_in(*bytes)) inbox_.push_back(std::move(message));
      continue;
    }
    say_if_it_leaves();
    const Nanoseconds silence = link_.now() - link_.last_heard();
    if (silence >= patience_)
      throw LeaderIsGone(
          "nothing was heard of the leader (rank 0) for " +
              std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence).count()) +
              " s",
          "ranks",
          "Is its machine still there, and the network? The run goes on with: trainbus resume");
  }
  const Message message = std::move(inbox_.front());
  inbox_.pop_front();
  read(message);
}

void Worker::read(const Message& message) {
  if (const auto* deal = std::get_if<Deal>(&message)) {
    if (!std::exchange(is_in_, true)) next_round_ = deal->round;
    deals_[deal->round] = deal->hand;
  } else if (const auto* result = std::get_if<Result>(&message)) {
    read(*result);
  } else if (const auto* again = std::get_if<Again>(&message)) {
    read(*again);
  } else if (const auto* evaluate = std::get_if<Evaluate>(&message)) {
    read(*evaluate);
  } else if (const auto* records = std::get_if<Records>(&message)) {
    for (journal::Step& step : steps_in(records->frames)) steps_.push_back(std::move(step));
    told_ = records->step;
    has_said_ready_ = false;
  } else if (const auto* end = std::get_if<End>(&message)) {
    over_ = *end;
    throw RunIsOver{*end};
  } else if (!std::holds_alternative<Alive>(message)) {
    fail("the leader said what only a worker says");
  }
}

Worker::Round* Worker::find(std::uint64_t id) {
  const auto found = std::ranges::find(rounds_, id, &Round::id);
  return found == rounds_.end() ? nullptr : &*found;
}

void Worker::read(const Result& result) {
  Round* round = find(result.round);
  if (!round) fail("the leader sent numbers of a round that this worker is not in");
  if (!result.given_up && result.numbers.counts.size() != round->work.items)
    fail("the leader's round has " + std::to_string(result.numbers.counts.size()) +
         " items, this process's " + std::to_string(round->work.items));
  for (std::size_t item = 0; item < result.numbers.counts.size(); ++item) {
    const std::size_t count = result.numbers.counts[item], width = round->work.width_of(item);
    if (width != 0 && count != width)
      fail("an item of the leader's round has " + std::to_string(count) + " numbers, not " +
           std::to_string(width));
  }
  round->is_done = true;
  round->given_up = result.given_up;
  round->numbers = result.numbers;
}

void Worker::read(const Again& again) {
  Round* round = find(again.round);
  if (!round) {  // this process is still at the step before
    std::vector<std::uint32_t>& early = early_[again.round];
    early.insert(early.end(), again.items.begin(), again.items.end());
    return;
  }
  for (const std::uint32_t item : again.items) {
    if (item >= round->work.items) fail("the leader dealt an item that does not exist");
    round->open.push_back(item);
  }
}

void Worker::read(const Evaluate& evaluate) { evaluations_.push_back(evaluate); }

void Worker::say_if_it_leaves() {
  if (has_said_leave_ || !hooks_.leaves) return;
  const std::string why = hooks_.leaves();
  if (why.empty()) return;
  has_said_leave_ = true;
  link_.send(bytes_of(Leave{why}));
}

Worker::SoFar Worker::so_far() {
  while (!told_) hear();
  SoFar so_far{*told_, {}};
  so_far.steps.assign(std::make_move_iterator(steps_.begin()),
                      std::make_move_iterator(steps_.end()));
  steps_.clear();
  return so_far;
}

void Worker::say_ready(std::uint64_t done) {
  if (!std::exchange(has_said_ready_, true)) link_.send(bytes_of(Ready{done}));
}

bool Worker::has_record(std::uint64_t number) const {
  return std::ranges::find(steps_, number + 1, &journal::Step::step) != steps_.end();
}

// Waits until the leader deals, or until there is a record of this step.
void Worker::catch_up(std::uint64_t number) {
  while (!is_in_ && !has_record(number)) {
    if (inbox_.empty()) say_ready(number);
    hear();
  }
}

void Worker::begin(const Work& work) {
  catch_up(work.number);
  Round round{no_id, work, has_record(work.number), {}, false, false, {}, 0};
  if (round.is_recorded) {
    rounds_.push_back(std::move(round));
    return;
  }
  round.id = next_round_++;
  while (!deals_.contains(round.id)) {
    hear();
    compute_what_is_dealt_anew();
  }
  const Hand hand = deals_.extract(round.id).mapped();
  if (work.check) round.check = work.check();
  std::vector<std::uint32_t> items;
  for (std::size_t item = 0; item < work.items; ++item)
    if (hand.has(item)) items.push_back(static_cast<std::uint32_t>(item));
  if (const auto early = early_.extract(round.id))
    for (const std::uint32_t item : early.mapped()) items.push_back(item);
  rounds_.push_back(std::move(round));
  compute(rounds_.back(), items);
}

// Hands in what is done several times a second, so that little is lost with a worker, and at least
// once, so that the leader compares the parameters of those that have no item, too.
void Worker::compute(Round& round, const std::vector<std::uint32_t>& items) {
  Answer answer{round.id, round.check, {}, {}};
  Nanoseconds since = link_.now();
  for (const std::uint32_t item : items) {
    std::vector<float> numbers;
    round.work.compute(item, numbers);
    answer.items.push_back(item);
    answer.numbers.counts.push_back(static_cast<std::uint32_t>(numbers.size()));
    answer.numbers.values.insert(answer.numbers.values.end(), numbers.begin(), numbers.end());
    if (link_.now() - since < glance || item == items.back()) continue;
    link_.send(bytes_of(answer));
    answer = {round.id, round.check, {}, {}};
    since = link_.now();
  }
  link_.send(bytes_of(answer));
  say_if_it_leaves();
}

void Worker::compute_what_is_dealt_anew() {
  for (std::size_t i = 0; i < rounds_.size(); ++i)
    if (!rounds_[i].open.empty()) compute(rounds_[i], std::exchange(rounds_[i].open, {}));
  while (!evaluations_.empty() && hooks_.evaluate) {
    const std::uint8_t split = evaluations_.front().split;
    hooks_.evaluate(split);
  }
}

void Worker::give(const Round& round, const Take& take) const {
  const Take& taker = round.work.take ? round.work.take : take;
  const float* values = round.numbers.values.data();
  for (std::size_t item = 0; item < round.work.items; ++item) {
    const std::uint32_t count = round.numbers.counts[item];
    if (taker) taker(item, {values, count});
    values += count;
  }
}

// The numbers of a step of the journal: the losses of its forward passes, in the order of the
// items.
bool Worker::give_recorded(Round& round, const Take& take) {
  while (steps_.empty()) hear();
  const journal::Step& step = steps_.front();
  round.numbers.counts.clear();
  std::size_t count = 0;
  for (std::size_t item = 0; item < round.work.items; ++item) {
    count += round.work.width_of(item);
    round.numbers.counts.push_back(static_cast<std::uint32_t>(round.work.width_of(item)));
  }
  if (step.step != round.work.number + 1 || step.losses.size() < losses_used_ + count)
    fail("the leader's record is of step " + std::to_string(step.step) + " with " +
         std::to_string(step.losses.size()) + " losses, this process needs step " +
         std::to_string(round.work.number + 1));
  const auto first = step.losses.begin() + static_cast<std::ptrdiff_t>(losses_used_);
  round.numbers.values.assign(first, first + static_cast<std::ptrdiff_t>(count));
  losses_used_ += count;
  if (losses_used_ == step.losses.size()) {
    steps_.pop_front();
    losses_used_ = 0;
  }
  give(round, take);
  return true;
}

bool Worker::finish(const Take& take) {
  Round& round = rounds_.front();
  bool is_whole = true;
  if (round.is_recorded) {
    give_recorded(round, take);
  } else {
    while (!round.is_done) {
      hear();
      compute_what_is_dealt_anew();
    }
    is_whole = !round.given_up;
    if (is_whole) give(round, take);
  }
  rounds_.pop_front();
  return is_whole;
}

bool Worker::evaluate(const Work& work) {
  const Evaluate asked = evaluations_.front();
  evaluations_.pop_front();
  rounds_.push_back({asked.round, work, false, {}, false, false, {}, 0});
  Round& round = rounds_.back();
  if (work.check) round.check = work.check();
  std::vector<std::uint32_t> items;
  for (std::size_t item = 0; item < work.items; ++item)
    if (asked.hand.has(item)) items.push_back(static_cast<std::uint32_t>(item));
  compute(round, items);
  while (!round.is_done) {
    hear();
    compute_what_is_dealt_anew();
  }
  const bool is_whole = !round.given_up;
  if (is_whole) give(round, {});
  rounds_.pop_back();
  return is_whole;
}

void Worker::wait_for_the_end() {
  while (true) {
    hear();
    compute_what_is_dealt_anew();
  }
}

}  // namespace trainbus::ranks
