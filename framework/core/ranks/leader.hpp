// The leader's rules: it deals the items of each round, takes workers in and lets them go, deals
// anew what a lost worker had, and hands the numbers of all to all. No network, no LibTorch: see
// links.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/dealing.hpp"
#include "core/ranks/links.hpp"
#include "core/ranks/message.hpp"
#include "core/ranks/work.hpp"

namespace trainbus::ranks {

// Thrown by Leader::begin, finish and evaluate if a worker was lost whose part cannot be computed
// with the parameters as they are: the step was not taken.
struct StepAbandoned {
  std::string why;
  // Whether the journal gives everybody the parameters that the part needs: Leader::begin_anew. If
  // not, the run has to end in order.
  bool can_begin_anew = false;
};

struct LeaderRules {
  Nanoseconds patience = std::chrono::seconds(30);  // of silence, after which a worker is lost
  // Rounds that begin before the one before is finished: 0 or 1. With 1, a step has one round.
  std::uint64_t overlap = 0;
  // The group is fixed when the first round begins, as first-order steps need it.
  bool is_fixed = false;
  std::size_t fewest_ranks = 1;  // with fewer, the leader included, the run is to end
};

// Each may be empty, but for records.
struct LeaderHooks {
  // The journal's frames of the steps after `from` up to `to`, both counted from 1. May throw
  // RunError: then the worker that needs them is sent away, and the run goes on.
  std::function<std::string(std::uint64_t from, std::uint64_t to)> records;
  // Whether this process has been asked to end the run: then a worker that leaves ends with it.
  std::function<bool()> is_ending = {};
  // What happened to a worker, for people; severe: the run has fewer hands now.
  std::function<void(const std::string& what, bool severe)> tell = {};
};

class TRAINBUS_EXPORT Leader final : public Rounds {
 public:
  // links must outlive it.
  Leader(LeaderLinks& links, LeaderRules rules, LeaderHooks hooks);

  // Waits until so many workers are ready to compute, or until `until`, or until give_up says so.
  // done: the steps that the journal has.
  void gather(std::size_t workers, std::uint64_t done, Nanoseconds until,
              const std::function<bool()>& give_up);
  // The first round is dealt when it begins, each later one when the round before is finished, so
  // that nobody waits for his part. Throws StepAbandoned.
  void begin(const Work& work) override;
  bool finish(const Take& take = {}) override;
  // An evaluation: one round with all workers. False: it was given up.
  bool evaluate(const Work& work);
  // Call it when the parameters have changed: a lost item of a round that began before then
  // abandons the step, since it belongs to the parameters before.
  void parameters_changed() { ++version_; }
  // After StepAbandoned: keeps the workers and forgets all rounds; everybody replays the steps of
  // the journal once more. gather() is to follow, for at most as many workers as here().
  void begin_anew(const std::string& why);
  // Tells all workers that the run is over.
  void end(End::How how, const std::string& reason);

  // How many processes compute now, the leader included.
  std::size_t size() const;
  // Why the run has to end; empty: it need not.
  const std::string& must_end() const { return must_end_; }
  // How many workers there are, and how many of them are ready to compute, or do; and the names of
  // those, by rank.
  std::size_t here() const { return members_.size(); }
  std::size_t ready() const;
  std::vector<std::string> ready_names() const;

 private:
  struct Member {
    std::string name;
    std::int64_t rank = -1;
    enum class State { Coming, Ready, In } state = State::Coming;
    std::uint64_t step = 0;         // it has the records up to here
    std::uint64_t first_round = 0;  // that it begins at everybody's parameters
    bool leaves = false;
    bool is_void = false;  // what it says, until it begins anew
  };
  struct Round {
    std::uint64_t id;
    Work work;
    Dealing dealing;
    std::vector<std::vector<float>> numbers;  // of each item that is done
    std::size_t taken = 0;                    // items given to take()
    std::uint64_t check = 0, version = 0;
    Nanoseconds began{}, last_done{}, awaited{};
  };
  using Players = std::vector<WorkerId>;

  void hear_all();
  void hear(const Arrival& arrival);
  void read(WorkerId from, const Message& message);
  void welcome(const Arrival& arrival);
  void send_records(WorkerId worker, Member& member);
  void send_away(WorkerId worker, const std::string& name);
  void send_latecomers_away();
  void read_answer(WorkerId from, const Answer& answer);
  void take_in();
  void take_in(WorkerId worker, Member& member);
  Round& add_round(std::uint64_t id, const Work& work, const Players& players);
  void deal(Round& round);
  Players players() const;
  static bool is_given_up(const Round& round);
  void compute_own(Round& round);
  void compute_what_is_dealt_anew();
  void store(Round& round, std::size_t item, std::vector<float> numbers);
  void give(Round& round, const Take& take);
  bool complete(Round& round, const Take& take);
  Nanoseconds next_deadline(const Round& round);
  Nanoseconds hopeless_after(const Round& round) const;
  void find_lost(Round& round);
  void find_silent();
  // is_gone: it cannot be told why.
  void lose(WorkerId worker, const std::string& why, bool is_gone = false);
  void deal_anew(Round& round, WorkerId lost);
  void announce(Round& round, bool given_up);
  void release_leavers();
  void tell(const std::string& what, bool severe) const;
  Round* find(std::uint64_t id);

  LeaderLinks& links_;
  LeaderRules rules_;
  LeaderHooks hooks_;
  std::map<WorkerId, Member> members_;
  std::deque<Round> rounds_;                        // not finished, in order; an evaluation's last
  std::map<std::uint64_t, Players> promised_;       // of rounds that did not begin
  std::vector<std::pair<WorkerId, Answer>> early_;  // to such rounds
  std::uint64_t done_ = 0;  // steps that the journal has, when it is asked for records
  std::uint64_t next_round_ = 0, next_evaluation_ = evaluation_round;
  std::uint64_t version_ = 0;
  Nanoseconds next_look_{};  // for silent workers
  static constexpr std::uint64_t no_step = ~std::uint64_t{0};
  std::uint64_t last_step_ = no_step;  // of the newest round
  bool is_anew_ = false;
  std::string must_end_;
};

}  // namespace trainbus::ranks
