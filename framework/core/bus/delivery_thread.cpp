#include "core/bus/delivery_thread.hpp"

#include <pthread.h>

#include <utility>

#include "core/io/signal_mask.hpp"

namespace trainbus {
namespace {

using namespace std::chrono_literals;

// Whether a person waits for events of this kind, or they are rare.
bool is_urgent(EventKind kind) {
  switch (kind) {
    case EventKind::TrainBegin:
    case EventKind::EvalBegin:
    case EventKind::Evaluate:
    case EventKind::Save:
    case EventKind::Exception:
    case EventKind::TrainEnd:
      return true;
    default:
      return false;
  }
}

}  // namespace

DeliveryThread::DeliveryThread(Dispatcher& dispatcher, const Bus::Options& options)
    : dispatcher_(dispatcher), options_(options), queue_(options.queue_bytes) {}

DeliveryThread::~DeliveryThread() {
  if (!thread_.joinable()) return;
  drain();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void DeliveryThread::start(std::function<void()> first) {
  thread_ = std::thread([this, first = std::move(first)] {
    block_signals();
    pthread_setname_np(pthread_self(), "trainbus-bus");
    id_ = std::this_thread::get_id();
    if (first) first();
    loop();
  });
}

// ---- the training thread ------------------------------------------------------------------------

void DeliveryThread::enqueue(const Event& event) {
  if (!queue_.push(event)) wait_for_space([&] { return queue_.push(event); });
  ++enqueued_;
  if (!thread_.joinable()) start(nullptr);
  if (idle_.load(std::memory_order_relaxed) &&
      (is_urgent(event.kind) || queue_.used() > queue_.size() / 2))
    wake();
  if (event.kind == EventKind::Step) give_up_if_older(options_.hang_limit);
}

void DeliveryThread::run(std::function<void()> function) {
  auto command = std::make_unique<std::function<void()>>(std::move(function));
  if (!queue_.push(command)) wait_for_space([&] { return queue_.push(command); });
  ++enqueued_;
  if (!thread_.joinable()) start(nullptr);
  drain();
}

void DeliveryThread::drain() {
  if (delivered_.load(std::memory_order_acquire) == enqueued_) return;
  wake();
  std::unique_lock lock(mutex_);
  waited_for_ = true;
  while (delivered_.load(std::memory_order_acquire) != enqueued_) wait_for_progress(lock);
  waited_for_ = false;
}

void DeliveryThread::wait_for_space(const std::function<bool()>& try_push) {
  if (!thread_.joinable()) start(nullptr);
  wake();
  if (const std::uint64_t rests = rests_.load(); std::exchange(known_rests_, rests) != rests)
    held_up_ = 0ns;
  std::unique_lock lock(mutex_);
  waited_for_ = true;
  Clock::time_point since = Clock::now();
  for (;;) {
    const std::uint64_t rests = rests_.load();
    if (try_push()) break;
    wait_for_progress(lock);
    const Clock::time_point now = Clock::now();
    held_up_ += now - std::exchange(since, now);
    if (held_up_ < options_.patience) continue;
    held_up_ = 0ns;
    lock.unlock();
    if (!give_up_if_older(options_.patience)) overdue_ = rests + 1;
    lock.lock();
  }
  held_up_ += Clock::now() - since;
  waited_for_ = false;
}

// Waits until the bus thread has delivered something, but not long: the training thread has to
// notice calls that do not return.
void DeliveryThread::wait_for_progress(std::unique_lock<std::mutex>& lock) {
  progress_.wait_for(lock, 10ms);
  lock.unlock();
  give_up_if_older(options_.hang_limit);
  lock.lock();
}

void DeliveryThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_requested_ = true;
  }
  work_.notify_one();
}

bool DeliveryThread::give_up_if_older(std::chrono::nanoseconds limit) {
  CallGate& gate = dispatcher_.gate();
  const std::uint64_t call = gate.call();
  if (call == 0) return false;
  const auto age = gate.age(Clock::now());
  if (age < limit) return false;
  Subscription* const stuck = gate.subscription();
  if (!gate.give_up(call)) return false;
  left_behind_ = true;
  thread_.detach();
  QueueItem* const theirs = item_.release();  // the current call may read it at any time
  item_ = std::make_unique<QueueItem>();
  const bool publishing = !theirs->command;
  if (publishing) *item_->event = *theirs->event;
  start([this, stuck, age, publishing] {
    dispatcher_.resume_after(*stuck, age, publishing ? item_->event.get() : nullptr);
    finished_one();
  });
  return true;
}

// ---- the bus thread -----------------------------------------------------------------------------

void DeliveryThread::loop() {
  for (;;) {
    if (queue_.position() != queue_.end()) {
      deliver_batch();
    } else {
      dispatcher_.backlog_over();
      ++rests_;
      if (!wait_for_work()) return;
    }
  }
}

void DeliveryThread::deliver_batch() {
  const std::uint64_t end = queue_.end();
  std::array<EventQueue::Newest, EventQueue::kind_count> newest{};
  if (dispatcher_.has_lossy()) newest = queue_.newest(end);
  while (queue_.position() != end) {
    QueueItem& item = *item_;
    const std::uint64_t position = queue_.pop(item);
    if (item.command) {
      (*item.command)();
    } else {
      const auto& [at, step] = newest[static_cast<std::size_t>(item.event->kind) % newest.size()];
      if (position < at)
        dispatcher_.publish_outdated(*item.event, step);
      else
        dispatcher_.publish(*item.event);
    }
    finished_one();
    // An overdue time from before the last rest is settled.
    if (overdue_.load(std::memory_order_relaxed) != 0 && overdue_.exchange(0) == rests_ + 1)
      dispatcher_.quarantine_slowest(options_.patience);
  }
}

void DeliveryThread::finished_one() {
  delivered_.store(delivered_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  if (!waited_for_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  progress_.notify_one();
}

bool DeliveryThread::wait_for_work() {
  std::unique_lock lock(mutex_);
  if (ending_) return false;
  idle_ = true;
  work_.wait_for(lock, options_.wake_interval, [this] { return wake_requested_ || ending_; });
  idle_ = false;
  wake_requested_ = false;
  return true;
}

}  // namespace trainbus
