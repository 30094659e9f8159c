// The bus thread: takes events from a bounded queue to a dispatcher's observers, while training
// goes on. Private to the bus.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/bus/bus.hpp"
#include "core/bus/dispatcher.hpp"
#include "core/bus/event_queue.hpp"

namespace trainbus {

// Rules.
// * The training thread pays for one copy into the queue. It wakes the bus thread only for events
//   that a person waits for, and when the queue is half full; otherwise the bus thread looks every
//   `wake_interval` by itself, since a wake-up takes a core from the computation.
// * When the queue is full, the training thread waits. When it has waited for `patience` in all
//   since the bus thread was last idle, the slowest observer is quarantined; a call that has lasted
//   as long is given up.
// * A call that lasts longer than `hang_limit` is given up at the next step or barrier: its
//   observer is abandoned, and a new bus thread delivers the same event to the others and goes on.
//   If the call ever returns, the old thread sleeps for ever. No lock is held while an observer is
//   called.
// All functions are the training thread's, unless said otherwise.
class DeliveryThread {
 public:
  DeliveryThread(Dispatcher& dispatcher, const Bus::Options& options);
  // Waits until everything queued is delivered, unless a thread was left behind.
  ~DeliveryThread();
  DeliveryThread(const DeliveryThread&) = delete;
  DeliveryThread& operator=(const DeliveryThread&) = delete;

  void enqueue(const Event& event);
  // Runs function on the bus thread after everything queued, and waits for it.
  void run(std::function<void()> function);
  // Waits until everything queued is delivered.
  void drain();
  // Whether the caller is the bus thread, inside a dispatch. Any thread.
  bool is_current() const { return std::this_thread::get_id() == id_.load(); }
  bool left_a_thread_behind() const { return left_behind_; }

 private:
  using Clock = std::chrono::steady_clock;

  void start(std::function<void()> first);
  void loop();
  void deliver_batch();
  bool wait_for_work();  // false: the thread is to end
  void finished_one();

  void wait_for_space(const std::function<bool()>& try_push);
  void wait_for_progress(std::unique_lock<std::mutex>& lock);
  void wake();
  bool give_up_if_older(std::chrono::nanoseconds limit);

  Dispatcher& dispatcher_;
  const Bus::Options options_;
  EventQueue queue_;
  std::thread thread_;
  std::atomic<std::thread::id> id_;
  bool left_behind_ = false;

  // The item that the bus thread is delivering.
  std::unique_ptr<QueueItem> item_ = std::make_unique<QueueItem>();
  std::uint64_t enqueued_ = 0;
  std::atomic<std::uint64_t> rests_ = 0;  // how often the bus thread was idle
  std::uint64_t known_rests_ = 0;
  std::chrono::nanoseconds held_up_{0};  // how long the training thread waited since the last rest
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<bool> idle_ = true, waited_for_ = false;
  // rests_ + 1 at the time when the training thread had waited for too long; 0: it has not.
  std::atomic<std::uint64_t> overdue_ = 0;

  std::mutex mutex_;  // guards the members below
  std::condition_variable work_, progress_;
  bool wake_requested_ = false, ending_ = false;
};

}  // namespace trainbus
