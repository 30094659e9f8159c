// The leader's side of a run of several processes: everything around the loop that a run of one
// process does not have.
//
//     LeadingRun ranks(place, rules);           // before loading: workers find the meeting
//     …
//     ranks.open(…);                            // when the journal has begun: they are welcomed
//     ranks.gather(…);
//     … run.train(&ranks.communicator()) …
//     ranks.end(…);
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/io/requests.hpp"
#include "core/ranks/leader.hpp"
#include "core/ranks/place.hpp"
#include "engine/communicator.hpp"
#include "engine/optimizer.hpp"
#include "engine/ranks/gloo_links.hpp"
#include "engine/ranks/gradient_group.hpp"
#include "engine/ranks/meeting.hpp"
#include "engine/ranks/processes.hpp"
#include "models/model.hpp"

namespace trainbus {

struct RankRules {
  std::chrono::milliseconds patience{30000};  // of silence
  std::size_t fewest = 1;                     // processes, the leader included
  bool overlap = false;
};

class TRAINBUS_EXPORT LeadingRun {
 public:
  // Opens the meeting. Throws UsageError if the leader cannot listen at its address.
  LeadingRun(ranks::Place place, RankRules rules, Requests* requests);
  ~LeadingRun();

  // What workers are given of the task's starting scores, before open().
  void hand_out(std::string scores) { scores_ = std::move(scores); }
  // Begins to welcome workers, or goes on with those that are there: see begin_anew(). run: the
  // record of the run; header: the journal's; both as they are to be compared. The references must
  // outlive this object.
  void open(const std::string& run, const std::string& header, const std::filesystem::path& journal,
            Model& model, const Optimizer& optimizer);
  // Waits for the workers that the launcher has started, or those that begin anew: patience for
  // those that have not come, as long as it takes for those that load. done: steps in the journal.
  // Throws UsageError if there are too few.
  void gather(std::uint64_t done);
  // Gives the workers of a first-order run parameters and state. Returns the optimizer's state.
  void share(Parameters& parameters, std::optional<OptimizerState>& state);
  Communicator& communicator() { return *process_; }
  // After a TrainResult that begins anew, tells the workers so. The run then goes on by open() with
  // parts that are loaded anew.
  void begin_anew(const std::string& why);
  // Instead of all that: tells the workers that there is nothing left to do. Waits for them, for
  // the patience at most.
  void dismiss();
  // Lets the workers go. They wait until this process has ended, so that a launcher which ends all
  // with the first one leaves it the time to save.
  void end(ranks::End::How how, const std::string& reason);

  std::size_t size() const { return static_cast<std::size_t>(place_.size); }
  // Who came and went, one sentence each.
  std::vector<std::string> history() const;

 private:
  ranks::Welcome welcome(const ranks::Hello& hello);
  void receive();
  void tell(const std::string& what, bool severe);
  std::string records(std::uint64_t from, std::uint64_t to) const;
  void check_gathered(std::size_t workers);
  void check_gathered_anew();

  ranks::Place place_;
  RankRules rules_;
  Requests* requests_;
  ranks::Meeting meeting_;
  std::filesystem::path journal_;
  std::string scores_;
  ranks::Welcome words_;
  bool is_fixed_ = false;
  std::optional<std::chrono::steady_clock::time_point> anew_since_;
  mutable std::mutex mutex_;  // guards history_
  std::vector<std::string> history_;
  std::unique_ptr<ranks::GlooLeaderLinks> links_;
  std::unique_ptr<ranks::Leader> leader_;
  std::unique_ptr<ranks::GradientGroup> gradients_;
  std::unique_ptr<LeaderProcess> process_;
};

// Refuses a run whose step has fewer items than processes. Throws UsageError with a remedy.
TRAINBUS_EXPORT void check_items(std::size_t ranks, const Optimizer& optimizer,
                                 const std::string& optimizer_name, std::uint64_t micro_batches);

}  // namespace trainbus
