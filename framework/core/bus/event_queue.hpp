// The queue between the training thread and the bus thread: events by value in one block of memory,
// so that the training thread only copies a few hundred bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/bus/event.hpp"
#include "core/export.hpp"

namespace trainbus {

// An item for the bus thread: an event or a command.
struct QueueItem {
  std::unique_ptr<Event> event = std::make_unique<Event>();  // reused from item to item
  std::unique_ptr<std::function<void()>> command;            // to run instead, if not null
};

// Bounded, lock-free, for one producer thread and one consumer thread at a time. Both access memory
// in address order, so that the processor prefetches it.
class TRAINBUS_EXPORT EventQueue {
 public:
  static constexpr std::size_t kind_count = TB_KIND_COUNT;

  // bytes: a power of two, at least 4096.
  explicit EventQueue(std::size_t bytes);
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // ---- for the producer ----
  bool push(const Event& event);                               // false: full
  bool push(std::unique_ptr<std::function<void()>>& command);  // taken if true
  std::size_t used() const;                                    // bytes
  std::size_t size() const { return size_; }

  // ---- for the consumer ----
  // The position of the queue's end at this moment; the items before it make a batch. Equal to
  // position(): the queue is empty.
  std::uint64_t end() const { return head_.load(std::memory_order_acquire); }
  std::uint64_t position() const { return tail_.load(std::memory_order_relaxed); }
  // The last event of each kind before `end`: its position, 0 for none (positions are never 0), and
  // its step.
  struct Newest {
    std::uint64_t position = 0, step = 0;
  };
  std::array<Newest, kind_count> newest(std::uint64_t end) const;
  // Takes the next item; the queue must not be empty. Returns its position, for newest().
  std::uint64_t pop(QueueItem& item);

 private:
  struct Record;
  std::byte* at(std::uint64_t position) const { return memory_.get() + (position & (size_ - 1)); }
  Record* reserve(std::size_t bytes);
  void publish(std::size_t bytes);
  bool push_boxed(Event* event, std::function<void()>* command);

  const std::size_t size_;
  std::unique_ptr<std::byte[]> memory_;
  alignas(64) std::atomic<std::uint64_t> head_;  // where the producer writes next
  std::uint64_t known_tail_;                     // the producer's copy
  std::size_t skipped_ = 0;                      // bytes at the block's end before the new record
  alignas(64) std::atomic<std::uint64_t> tail_;  // where the consumer reads next
};

}  // namespace trainbus
