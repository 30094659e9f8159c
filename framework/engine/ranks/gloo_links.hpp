// A leader's links to its workers, and a worker's to its leader, over c10d: who comes to the
// meeting is welcomed, gets a link, and from then on shows signs of life.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/links.hpp"
#include "engine/ranks/introduction.hpp"
#include "engine/ranks/link.hpp"
#include "engine/ranks/meeting.hpp"

namespace trainbus::ranks {

// How often a process that has nothing to say shows that it is alive.
Nanoseconds sign_of_life_every(Nanoseconds patience);

// Welcomes workers on a thread of its own. The rest on the leader's thread.
class TRAINBUS_EXPORT GlooLeaderLinks final : public LeaderLinks {
 public:
  struct Hooks {
    // Whether a worker can take part, and what it is told; on the welcoming thread.
    std::function<Welcome(const Hello&)> welcome;
    // Something for people about one that does not become a worker.
    std::function<void(const std::string&)> tell;
  };
  GlooLeaderLinks(Meeting& meeting, Nanoseconds patience, Hooks hooks);
  ~GlooLeaderLinks() override;  // waits a moment until the workers have got the last words

  Nanoseconds now() override;
  std::optional<Arrival> next(Nanoseconds until) override;
  void send(WorkerId worker, std::string bytes) override;
  Nanoseconds last_heard(WorkerId worker) override;
  void drop(WorkerId worker, bool is_gone) override;

  // How many are here: workers, and those at the meeting that still load.
  std::size_t here() const;
  // How many are gone, or were sent away.
  std::size_t gone() const;

 private:
  struct Guest {  // one at the meeting
    Hello hello;
    bool is_welcomed = false;
    std::int64_t signs = -1;  // of life
    Nanoseconds heard{};
  };
  using Guests = std::map<WorkerId, Guest>;
  void receive_guests();
  void look_at_table(Guests& guests, std::int64_t& come);
  void look_after(WorkerId id, Guest& guest);
  void look_for_life(Guests& guests);
  void forget(Guests& guests);
  void open_link(WorkerId id, const Hello& hello);
  void show_life();
  void push(Arrival arrival);
  std::shared_ptr<Link> link(WorkerId id) const;
  bool is_ending() const;

  Meeting& meeting_;
  Nanoseconds patience_;
  Hooks hooks_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_, end_;
  bool is_ending_ = false;
  std::size_t guests_ = 0;  // that still load
  std::deque<Arrival> inbox_;
  std::map<WorkerId, std::shared_ptr<Link>> links_;
  std::set<WorkerId> dropped_;
  std::vector<std::thread> openers_;
  std::thread guests_thread_, life_thread_;
};

class TRAINBUS_EXPORT GlooWorkerLink final : public WorkerLink {
 public:
  // Says hello and waits for the leader's answer. Throws RunError if the leader is gone or does not
  // answer, UsageError if it refuses.
  GlooWorkerLink(Meeting& meeting, const Hello& hello, std::chrono::milliseconds patience,
                 const std::function<bool()>& give_up);
  ~GlooWorkerLink() override;

  const Welcome& welcome() const { return welcome_; }
  // Tells the leader that model and data are the run's, and opens the link; or why they are not.
  void open(std::chrono::milliseconds patience);
  void decline(const std::string& why) noexcept;
  // Waits until the leader has closed the link, so that a launcher that ends all processes with the
  // first one leaves the leader the time to save.
  void wait_until_closed();

  Nanoseconds now() override;
  std::optional<std::string> next(Nanoseconds until) override;
  void send(std::string bytes) override;
  Nanoseconds last_heard() override;

 private:
  void show_life();
  void hear_welcome(std::chrono::milliseconds patience, const std::function<bool()>& give_up);
  void sit_in();
  void leave_meeting();

  Meeting& meeting_;
  std::string id_;
  Welcome welcome_;
  std::unique_ptr<Link> link_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_, end_;
  std::deque<std::string> inbox_;
  std::optional<std::string> lost_;
  bool is_ending_ = false, is_open_ = false;
  std::thread life_thread_, guest_thread_;  // while there is a link, and before
};

}  // namespace trainbus::ranks
