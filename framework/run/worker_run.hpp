// A worker's side of a run of several processes: it gets the run from the leader, computes its part
// of every step and evaluation, and keeps no files.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "core/io/requests.hpp"
#include "core/ranks/message.hpp"
#include "core/ranks/place.hpp"
#include "engine/optimizer.hpp"
#include "engine/ranks/gloo_links.hpp"
#include "engine/ranks/meeting.hpp"
#include "engine/schedule.hpp"
#include "engine/trainer.hpp"
#include "run/resume.hpp"

namespace trainbus {

class TRAINBUS_EXPORT WorkerRun {
 public:
  // Meets the leader and says hello. Throws RunError if it is not reached within the patience,
  // UsageError if it refuses this process.
  WorkerRun(const ranks::Place& place, std::chrono::milliseconds patience, Requests& requests,
            const std::string& version);

  // Whether there is nothing left to do: the run is complete.
  bool is_over() const { return link_->welcome().is_over; }
  // The leader's record of the run.
  const std::string& run() const { return link_->welcome().run; }
  // The journal's header.
  const std::string& header() const { return link_->welcome().header; }
  // Tells the leader why this process does not take part after all.
  void decline(const std::string& why) noexcept { link_->decline(why); }

  // What is trained, on what, and how; as the leader's. The references must outlive the call.
  struct Parts {
    Model& model;
    const Task& task;
    Optimizer& optimizer;
    Schedule schedule;
    TrainerOptions options;  // steps, micro-batches, seed and overlap count
  };
  // Takes part until the run is over, or until this process is told to end; returns how it ended.
  // If that is End::How::Anew, it is to be called again, with parts that are loaded anew. Throws
  // RunError if the leader is gone.
  ranks::End work(const Parts& parts);
  // Waits until the leader has ended.
  void wait_until_closed() { link_->wait_until_closed(); }

 private:
  std::string leaves() const;

  ranks::Place place_;
  std::chrono::milliseconds patience_;
  Requests& requests_;
  ranks::Meeting meeting_;
  std::unique_ptr<ranks::GlooWorkerLink> link_;
  bool is_anew_ = false;
};

}  // namespace trainbus
