// A worker's rules: it computes its part of each round as soon as it can, hands it in, and gets
// everybody's numbers back. No network, no LibTorch: see links.hpp.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/journal/records.hpp"
#include "core/ranks/links.hpp"
#include "core/ranks/message.hpp"
#include "core/ranks/work.hpp"

namespace trainbus::ranks {

// Thrown by every function of Worker that waits, when the leader says that the run, or this
// worker's part in it, is over.
struct RunIsOver {
  End end;
};

struct WorkerHooks {
  // Takes part in an evaluation of this split: calls Worker::evaluate with its work.
  std::function<void(std::uint8_t split)> evaluate;
  // Why this process wants to leave; empty: it does not. May be empty.
  std::function<std::string()> leaves = {};
};

class TRAINBUS_EXPORT Worker final : public Rounds {
 public:
  // link must outlive it. patience: how long the leader may be silent.
  Worker(WorkerLink& link, Nanoseconds patience, WorkerHooks hooks);

  // First of all, if an earlier Worker of this link was told to begin anew (End::How::Anew): says
  // that the words of that one are void.
  void begin_anew() { link_.send(bytes_of(Anew{})); }
  // The leader's first words: how many steps the run has done, and their records, for a run whose
  // steps can be replayed. Throws as begin().
  struct SoFar {
    std::uint64_t done = 0;
    std::vector<journal::Step> steps;
  };
  SoFar so_far();
  // Says that this process is ready to compute after these steps, before its first round: of a
  // fixed group, whose processes wait for one another.
  void say_ready(std::uint64_t done);

  // Until the worker is in step with the others, the numbers of its rounds are those of the records
  // that the leader sends. Both throw RunIsOver, and RunError if the leader is gone.
  void begin(const Work& work) override;
  bool finish(const Take& take = {}) override;
  // This process's part of an evaluation; called by WorkerHooks::evaluate.
  bool evaluate(const Work& work);
  // Answers the leader until the run is over: after the last step. Throws as above.
  [[noreturn]] void wait_for_the_end();

 private:
  struct Round {
    std::uint64_t id;
    Work work;
    bool is_recorded = false;         // its numbers come from steps_
    std::vector<std::uint32_t> open;  // dealt anew, not computed yet
    bool is_done = false, given_up = false;
    Numbers numbers;
    std::uint64_t check = 0;
  };

  void hear();
  void read(const Message& message);
  void read(const Result& result);
  void read(const Again& again);
  void read(const Evaluate& evaluate);
  void catch_up(std::uint64_t step);
  bool has_record(std::uint64_t number) const;
  void compute(Round& round, const std::vector<std::uint32_t>& items);
  void compute_what_is_dealt_anew();
  void say_if_it_leaves();
  void give(const Round& round, const Take& take) const;
  bool give_recorded(Round& round, const Take& take);
  Round* find(std::uint64_t id);

  WorkerLink& link_;
  Nanoseconds patience_;
  WorkerHooks hooks_;
  std::deque<Message> inbox_;            // arrived, not acted on
  std::deque<Round> rounds_;             // begun, not finished; an evaluation's last
  std::map<std::uint64_t, Hand> deals_;  // of rounds that did not begin
  std::deque<journal::Step> steps_;      // records of steps that are not taken yet
  std::size_t losses_used_ = 0;          // of the first of them
  std::uint64_t next_round_ = 0;
  std::map<std::uint64_t, std::vector<std::uint32_t>> early_;  // dealt anew, of such rounds
  std::deque<Evaluate> evaluations_;
  std::optional<std::uint64_t> told_;  // how many steps there are, with the last records
  bool is_in_ = false;                 // the leader deals to this worker
  std::optional<End> over_;
  bool has_said_ready_ = false, has_said_leave_ = false;
};

}  // namespace trainbus::ranks
