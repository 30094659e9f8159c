// One run of many processes, with everything that may befall them: its bits are those of a run
// alone. Every case is a seed, which a failure names: TRAINBUS_CHAOS_SEED=N runs it alone,
// TRAINBUS_CHAOS_LAST_SEED=N all up to N. Most run with one thread at a time, in an order that the
// seed says, so that they can be repeated; some as the system has it.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/ranks/leader.hpp"
#include "core/ranks/memory_links.hpp"
#include "core/ranks/toy_run.hpp"
#include "core/ranks/worker.hpp"

namespace trainbus::testing {
namespace {

using namespace ranks;
using namespace std::chrono_literals;
constexpr Nanoseconds patience = 2s;

struct Guest {
  std::uint64_t comes_at = 0;  // when the run has done so many steps
  Fate fate = {};
  std::uint64_t leaves_at = ~0ull;  // wants to go after so many steps
  std::uint64_t corrupts_at = ~0ull;
  Nanoseconds slow = 0s;  // each item takes so long
  bool is_sound() const { return fate.what == Fate::What::None && corrupts_at == ~0ull; }
};

struct Case {
  ToyPlan plan;
  std::vector<Guest> guests;
  std::uint64_t give_up_at = ~0ull;  // the evaluation after this step, in its middle
};

Case random_case(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t end) { return random() % end; };
  Case c;
  c.plan.items = std::array{1, 4, 8, 32}[below(4)];
  c.plan.steps = 1 + below(30);
  c.plan.overlap = below(2);
  if (c.plan.overlap == 0) c.plan.rounds = 1 + static_cast<std::uint32_t>(below(3));
  if (below(2)) c.plan.evaluate_every = 1 + below(5);
  if (below(3) == 0) c.give_up_at = below(c.plan.steps);
  const std::size_t guests = 1 + below(4);
  for (std::size_t i = 0; i < guests; ++i) {
    Guest guest;
    if (below(3) == 0)
      guest.comes_at = std::array{0ul, 1ul, c.plan.steps / 2, c.plan.steps - 1}[below(4)];
    const auto when = static_cast<int>(below(200));
    switch (below(9)) {
      case 0:
        guest.fate = {Fate::What::Dies, when};
        break;
      case 1:
        guest.fate = {Fate::What::Hangs, when};
        break;
      case 2:
        guest.fate = {Fate::What::Sticks, when};
        break;
      case 3:
        guest.fate = {Fate::What::Babbles, when};
        break;
      case 4:
        guest.fate = {Fate::What::Forgets, when};
        break;
      case 5:
        guest.leaves_at = below(c.plan.steps);
        break;
      case 6:
        guest.corrupts_at = below(c.plan.steps);
        break;
      case 7:
        guest.slow = std::chrono::milliseconds(below(15));
        break;
      default:
        break;
    }
    c.guests.push_back(guest);
  }
  return c;
}

std::string text_of(const Case& c) {
  std::string text = std::to_string(c.plan.items) + " items, " + std::to_string(c.plan.steps) +
                     " steps of " + std::to_string(c.plan.rounds) + ", overlap " +
                     std::to_string(c.plan.overlap) + ", evaluated every " +
                     std::to_string(c.plan.evaluate_every);
  for (const Guest& guest : c.guests)
    text += "; comes at " + std::to_string(guest.comes_at) + ", fate " +
            std::to_string(static_cast<int>(guest.fate.what)) + " at " +
            std::to_string(guest.fate.at) + ", corrupts at " +
            std::to_string(static_cast<std::int64_t>(guest.corrupts_at)) + ", leaves at " +
            std::to_string(static_cast<std::int64_t>(guest.leaves_at));
  return text;
}

// How a worker ended.
struct Ending {
  std::optional<End> end;  // the leader's word
  std::string error;
  bool died = false;
  std::uint64_t done = 0, hash = 0;
};

struct Outcome {
  std::vector<std::vector<float>> losses;               // of each step
  std::vector<std::vector<std::vector<float>>> scores;  // of each evaluation; empty: given up
  std::uint64_t hash = 0;
  std::vector<std::uint64_t> begun_anew_at;  // after so many steps
  std::vector<Ending> endings;
  std::vector<std::string> told;
};

// The same run by one process.
Outcome alone(const Case& c) {
  Outcome outcome;
  LoneRounds rounds;
  ToyRun run(c.plan, rounds);
  run.train({}, [&] {
    if (c.plan.evaluate_every == 0 || run.done % c.plan.evaluate_every != 0) return;
    auto& scores = outcome.scores.emplace_back();
    if (run.done == c.give_up_at) return;
    for (std::size_t i = 0; i < toy_examples; ++i) scores.push_back(run.toy.scores(i));
  });
  outcome.losses = run.losses;
  outcome.hash = run.toy.hash();
  return outcome;
}

// A run with its guests.
class Party {
 public:
  Party(const Case& c, std::uint64_t seed, bool one_at_a_time, Outcome& outcome)
      : case_(c), outcome_(outcome), stage_(seed, one_at_a_time), links_(stage_, stage_.add()) {}

  void run();

 private:
  // From the journal to the end, or until everybody begins anew: then false.
  bool train(Leader& leader);
  void invite(std::uint64_t step);
  void work(const Guest& guest, MemoryLink& link, int actor, Ending& ending);
  void live_as_worker(const Guest& guest, MemoryLink& link, int actor, Ending& ending,
                      bool is_anew);
  void evaluate(Leader& leader, const ToyRun& run);

  const Case& case_;
  Outcome& outcome_;
  Stage stage_;
  MemoryLinks links_;
  std::vector<std::unique_ptr<MemoryLink>> guest_links_;
  std::vector<std::unique_ptr<Ending>> endings_;
  std::vector<std::jthread> threads_;
  std::vector<journal::Step> journal_;
  std::uint64_t invited_ = 0;  // those who come before so many steps
  bool owes_evaluation_ = false;
};

void Party::invite(std::uint64_t step) {
  if (step < invited_) return;
  invited_ = step + 1;
  for (const Guest& guest : case_.guests) {
    if (guest.comes_at != step) continue;
    const auto rank = static_cast<std::int64_t>(threads_.size() + 1);
    const int actor = stage_.add();
    const WorkerId id = links_.connect(rank, "rank " + std::to_string(rank));
    MemoryLink& link =
        *guest_links_.emplace_back(std::make_unique<MemoryLink>(links_, id, actor, guest.fate));
    Ending& ending = *endings_.emplace_back(std::make_unique<Ending>());
    threads_.emplace_back([=, this, &guest, &link, &ending] { work(guest, link, actor, ending); });
  }
}

void Party::work(const Guest& guest, MemoryLink& link, int actor, Ending& ending) {
  stage_.begin(actor);
  std::string why = "the process ended";
  try {
    for (bool is_anew = false; !ending.end || ending.end->how == End::How::Anew; is_anew = true)
      live_as_worker(guest, link, actor, ending, is_anew);
  } catch (const Died&) {
    ending.died = true;
    why = "connection reset";
  } catch (const std::exception& error) {
    ending.error = error.what();
  }
  link.end(why);
  stage_.leave(actor);
}

void Party::live_as_worker(const Guest& guest, MemoryLink& link, int actor, Ending& ending,
                           bool is_anew) try {
  ToyRun* self = nullptr;
  Worker* rounds = nullptr;
  WorkerHooks hooks;
  hooks.evaluate = [&](std::uint8_t split) {
    if (split != 1) throw std::logic_error("another split was asked for");
    std::vector<std::vector<float>> scores;
    const bool is_whole = rounds->evaluate(self->evaluation(scores));
    for (std::size_t i = 0; is_whole && i < toy_examples; ++i)
      if (self->done < guest.corrupts_at && scores.at(i) != self->toy.scores(i))
        throw std::logic_error("an evaluation's scores are of other parameters");
  };
  hooks.leaves = [&] { return self && self->done >= guest.leaves_at ? "it was asked to" : ""; };
  Worker worker(link, patience, hooks);
  rounds = &worker;
  ToyRun run(case_.plan, worker, [&] {
    link.live();
    if (guest.slow > 0s)
      stage_.wait(
          actor, [] { return false; }, link.now() + guest.slow);
  });
  self = &run;
  const auto note = [&] {
    if (run.done == guest.corrupts_at) run.toy.theta[3] += 1e-6f;
    ending.done = run.done;
    ending.hash = run.toy.hash();
  };
  if (is_anew) worker.begin_anew();
  const Worker::SoFar so_far = worker.so_far();
  run.replay(so_far.steps);
  if (run.done != so_far.done) throw std::logic_error("records are missing");
  note();
  run.train({}, note);
  worker.wait_for_the_end();
} catch (const RunIsOver& over) {
  ending.end = over.end;
}

void Party::evaluate(Leader& leader, const ToyRun& run) {
  if (case_.plan.evaluate_every == 0 || run.done % case_.plan.evaluate_every != 0) return;
  std::vector<std::vector<float>> scores;
  Work work = run.evaluation(scores);
  int asked = 0;
  if (run.done == case_.give_up_at) work.give_up = [&] { return ++asked > 2; };
  bool is_whole = false;
  try {
    is_whole = leader.evaluate(work);
  } catch (const StepAbandoned&) {
    owes_evaluation_ = true;
    throw;
  }
  if (!is_whole) scores.clear();
  // It may be whole before it is given up.
  if (work.give_up && is_whole && scores.size() == toy_examples) scores.clear();
  outcome_.scores.push_back(scores);
}

void Party::run() {
  LeaderRules rules{.patience = patience, .overlap = case_.plan.overlap};
  LeaderHooks hooks;
  hooks.records = [&](std::uint64_t from, std::uint64_t to) {
    std::string frames;
    for (std::uint64_t step = from; step < to; ++step) frames += frame_of(journal_.at(step));
    return frames;
  };
  hooks.tell = [&](const std::string& what, bool) { outcome_.told.push_back(what); };
  Leader leader(links_, rules, hooks);
  stage_.begin(0);
  invite(0);
  leader.gather(threads_.size(), 0, stage_.now() + 1s, {});
  while (!train(leader))
    leader.gather(leader.here(), journal_.size(), stage_.now() + 3 * patience,
                  [&] { return leader.ready() == leader.here(); });
  leader.end(End::How::Completed, "");
  stage_.leave(0);
  threads_.clear();
  for (const auto& ending : endings_) outcome_.endings.push_back(*ending);
}

bool Party::train(Leader& leader) try {
  ToyRun run(case_.plan, leader);
  const auto after_step = [&] {
    leader.parameters_changed();
    invite(run.done);
    evaluate(leader, run);
  };
  run.replay(journal_);
  leader.parameters_changed();
  if (std::exchange(owes_evaluation_, false)) evaluate(leader, run);
  run.train(
      [&](const std::vector<float>& losses) {
        journal_.push_back(toy_record(run.done + 1, losses));
        outcome_.losses.push_back(losses);
      },
      after_step);
  outcome_.hash = run.toy.hash();
  return true;
} catch (const StepAbandoned& abandoned) {
  outcome_.told.push_back(abandoned.why);
  outcome_.begun_anew_at.push_back(journal_.size());
  if (!abandoned.can_begin_anew) throw std::logic_error("it cannot begin anew");
  leader.begin_anew(abandoned.why);
  return false;
}

// A sound worker ends by the leader's word alone, and with the leader's bits if it was there at
// the end; one with other parameters is found.
void check_ending(const Guest& guest, const Ending& ending, const Outcome& outcome, const Case& c) {
  BOOST_TEST(ending.error == "");
  if (guest.fate.what != Fate::What::None) return;
  BOOST_TEST(!ending.died);
  BOOST_REQUIRE(ending.end.has_value());
  BOOST_TEST_CONTEXT(ending.end->reason) {
    if (ending.end->how == End::How::Completed && guest.is_sound()) {
      BOOST_TEST(ending.done <= c.plan.steps);
      if (ending.done == c.plan.steps) BOOST_TEST(ending.hash == outcome.hash);
    }
    if (guest.is_sound()) BOOST_TEST((ending.end->how != End::How::Failed));
    if (ending.end->how == End::How::Released) BOOST_TEST(guest.leaves_at <= c.plan.steps);
  }
}

// Returns how often everybody began anew.
std::size_t check(std::uint64_t seed, bool one_at_a_time) {
  const Case c = random_case(seed);
  Outcome outcome;
  BOOST_TEST_CONTEXT("TRAINBUS_CHAOS_SEED=" << seed << ", one at a time: " << one_at_a_time) {
    Party(c, seed, one_at_a_time, outcome).run();
    const Outcome expected = alone(c);
    BOOST_TEST_MESSAGE(text_of(c));
    for (const std::string& what : outcome.told) BOOST_TEST_MESSAGE(what);
    BOOST_TEST((outcome.losses == expected.losses));
    BOOST_TEST(outcome.hash == expected.hash);
    BOOST_TEST((outcome.scores == expected.scores));
    if (c.plan.overlap == 0) BOOST_TEST(outcome.begun_anew_at.empty());
    // Guests come in the order of their steps.
    std::vector<Guest> guests = c.guests;
    std::ranges::stable_sort(guests, {}, &Guest::comes_at);
    for (std::size_t i = 0; i < outcome.endings.size(); ++i)
      check_ending(guests[i], outcome.endings[i], outcome, c);
  }
  return outcome.begun_anew_at.size();
}

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chaos_test)

BOOST_AUTO_TEST_CASE(whatever_befalls_workers_the_bits_are_those_of_a_run_alone) {
  const std::uint64_t only = number_of("TRAINBUS_CHAOS_SEED", 0);
  const std::uint64_t last = number_of("TRAINBUS_CHAOS_LAST_SEED", 1000);
  std::size_t begun_anew = 0;
  for (std::uint64_t seed = only ? only : 1; seed <= (only ? only : last); ++seed)
    begun_anew += check(seed, true);
  if (last >= 1000 && !only) BOOST_TEST(begun_anew > 50u);
}

BOOST_AUTO_TEST_CASE(so_are_they_when_all_run_at_the_same_time) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) check(seed, false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
