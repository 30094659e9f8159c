// Links between a leader and workers of one process, on a stage; and what may befall a worker.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/ranks/links.hpp"
#include "core/ranks/stage.hpp"

namespace trainbus::testing {

struct Died {};  // thrown through a worker that is killed

// What befalls a worker when it has used its link so many times, computing included.
struct Fate {
  enum class What {
    None,
    Dies,     // the link is gone
    Hangs,    // nothing is heard of it any more
    Sticks,   // it is alive, but does nothing any more
    Babbles,  // it says what no worker says
    Forgets,  // it answers each item of everybody with nonsense of the right form
  } what = What::None;
  int at = 0;
};

class MemoryLinks final : public ranks::LeaderLinks {
 public:
  MemoryLinks(Stage& stage, int leader) : stage_(stage), leader_(leader) {}
  ranks::Nanoseconds now() override { return stage_.now(); }
  std::optional<ranks::Arrival> next(ranks::Nanoseconds until) override;
  void send(ranks::WorkerId worker, std::string bytes) override;
  ranks::Nanoseconds last_heard(ranks::WorkerId worker) override;
  void drop(ranks::WorkerId worker, bool is_gone) override;

  // A new worker's link.
  ranks::WorkerId connect(std::int64_t rank, const std::string& name);

 private:
  friend class MemoryLink;
  struct Wire {
    std::deque<std::string> to_worker;
    bool is_open = true;
    std::optional<ranks::Nanoseconds> silent_since;
  };
  Stage& stage_;
  int leader_;
  std::map<ranks::WorkerId, Wire> wires_;  // references stay valid
  std::deque<ranks::Arrival> arrivals_;
};

// The worker's end. Its actor must be on the stage.
class MemoryLink final : public ranks::WorkerLink {
 public:
  MemoryLink(MemoryLinks& links, ranks::WorkerId id, int actor, Fate fate)
      : links_(links), wire_(links.wires_.at(id)), id_(id), actor_(actor), fate_(fate) {}
  ranks::Nanoseconds now() override { return links_.now(); }
  std::optional<std::string> next(ranks::Nanoseconds until) override;
  void send(std::string bytes) override;
  ranks::Nanoseconds last_heard() override { return now(); }

  // Between two acts of the worker: others may run, and its fate may come. Also called by what the
  // worker computes.
  void live();
  // The worker's process is over.
  void end(const std::string& why);

 private:
  void suffer();
  MemoryLinks& links_;
  MemoryLinks::Wire& wire_;
  ranks::WorkerId id_;
  int actor_, uses_ = 0;
  Fate fate_;
};

}  // namespace trainbus::testing
