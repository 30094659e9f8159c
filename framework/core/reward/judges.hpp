// The instances of a reward and the threads that call them.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/reward/reward.hpp"
#include "core/reward/reward_instance.hpp"

namespace trainbus {

class JudgingRound;

// Learns how far the threads are. Called by any of them, before and after an item.
class JudgingProgress {
 public:
  virtual ~JudgingProgress() = default;
  virtual void begun(std::size_t item) = 0;
  virtual void judged(std::size_t item, double reward) = 0;
};

// One thread at a time.
class Judges {
 public:
  // Creates the first instance. Throws what the instances' constructor throws.
  Judges(const Plugin& plugin, const std::string& name, const OptionValues& values,
         const RewardSettings& settings, Outlet* outlet = nullptr);
  ~Judges();
  Judges(const Judges&) = delete;
  Judges& operator=(const Judges&) = delete;

  // As Reward::score. Threads take the items in order; after a failure they begin no more. Each has
  // an instance of its own, made when it is first needed, or shares one if the plugin allows it.
  void judge(std::span<const RewardItem> items, std::span<double> rewards,
             JudgingProgress* progress = nullptr);

 private:
  void make_instances(std::size_t threads);
  std::vector<std::thread> start(const std::shared_ptr<JudgingRound>& round, std::size_t threads);
  const std::shared_ptr<RewardInstance>& instance_of(std::size_t seat) const {
    return instances_[seat % instances_.size()];
  }

  const Plugin plugin_;
  const std::string name_, where_;
  const OptionValues values_;
  const unsigned threads_;
  const std::chrono::nanoseconds limit_;
  Outlet* const outlet_;
  // Shared with the threads, since one that never returns keeps its own.
  std::vector<std::shared_ptr<RewardInstance>> instances_;
  bool stuck_ = false;
};

// "answer 3 of 8 ("It is 4")"
std::string item_text(std::span<const RewardItem> items, std::size_t item);

}  // namespace trainbus
