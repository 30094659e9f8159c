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
// that
//   a person waits for, and when the queue is half full; otherwise the bus thread looks by itself
//   every `wake_interval`, since a wake-up takes a core from the mathematics.
// * Full queue: the training thread waits. When it has waited for `patience` in all since the bus
// thread
//   last had nothing to do, the slowest observer is quarantined; a call that has gone on for as
//   long is given up.
// * A call that lasts longer than `hang_limit` is given up at the next step or barrier: its
// observer is
//   abandoned, a new bus thread brings the same event to the others and goes on. The old thread,
//   should the call ever return, sleeps for ever. No lock is held while an observer is called.
// All functions are the training thread's, except where said.
class DeliveryThread {
 public:
  DeliveryThread(Dispatcher& dispatcher, const Bus::Options& options);
  ~DeliveryThread();  // after everything queued is delivered, unless a thread was left behind
  DeliveryThread(const DeliveryThread&) = delete;
  DeliveryThread& operator=(const DeliveryThread&) = delete;

  void enqueue(const Event& event);
  // Runs function on the bus thread after all that is queued, and waits for it.
  void run(std::function<void()> function);
  // Waits until all that is queued is delivered.
  void drain();
  // Whether the caller is the bus thread, inside a dispatch. Any thread.
  bool is_current() const { return std::this_thread::get_id() == id_.load(); }
  bool left_a_thread_behind() const { return left_behind_; }

 private:
  using Clock = std::chrono::steady_clock;

  void start(std::function<void()> first);
  void loop();
  void deliver_batch();
  bool wait_for_work();  // false: the end
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

  std::unique_ptr<QueueItem> item_ = std::make_unique<QueueItem>();  // the bus thread's current one
  std::uint64_t enqueued_ = 0;
  std::atomic<std::uint64_t> rests_ = 0;  // how often the bus thread had nothing to do
  std::uint64_t known_rests_ = 0;
  std::chrono::nanoseconds held_up_{0};  // the training thread, since the last rest
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<bool> idle_ = true, waited_for_ = false;
  // One more than rests_ was when the training had waited for too long; 0: it has not.
  std::atomic<std::uint64_t> overdue_ = 0;

  std::mutex mutex_;  // of what follows, and for waiting
  std::condition_variable work_, progress_;
  bool wake_requested_ = false, ending_ = false;
};

}  // namespace trainbus
