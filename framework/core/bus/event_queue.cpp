#include "core/bus/event_queue.hpp"

#include <algorithm>
#include <memory>

namespace trainbus {
namespace {

constexpr std::size_t alignment = 64;                // a record begins on a cache line of its own
constexpr std::uint64_t first_position = alignment;  // so that 0 can mean "none"
constexpr std::size_t longest_text = 256;            // longer ones go through a pointer

std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

}  // namespace

// Followed by scalar_count scalars and text_size characters.
struct EventQueue::Record {
  enum class Type : std::uint8_t { Event, Boxed, Command, Skip } type;
  std::uint8_t phase;
  std::uint16_t text_size;
  std::uint32_t bytes;  // of the whole record
  std::uint32_t kind;
  std::uint32_t attempt;
  std::uint32_t scalar_count;
  std::uint64_t step, epoch;
  std::int64_t unix_ns, run_ns;
  union {
    Event* event;
    std::function<void()>* command;
  };
};

EventQueue::EventQueue(std::size_t bytes)
    : size_(bytes),
      memory_(std::make_unique_for_overwrite<std::byte[]>(bytes)),
      head_(first_position),
      known_tail_(first_position),
      tail_(first_position) {}

EventQueue::~EventQueue() {
  QueueItem item;
  while (position() != end()) pop(item);
}

std::size_t EventQueue::used() const {
  return static_cast<std::size_t>(head_.load(std::memory_order_relaxed) -
                                  tail_.load(std::memory_order_relaxed));
}

// Contiguous memory for a record at the head, or null if the queue is full. If the rest of the
// block is too short, it is skipped.
EventQueue::Record* EventQueue::reserve(std::size_t bytes) {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::size_t to_end = size_ - (head & (size_ - 1));
  const std::size_t needed = bytes <= to_end ? bytes : to_end + bytes;
  if (head + needed - known_tail_ > size_) {
    known_tail_ = tail_.load(std::memory_order_acquire);
    if (head + needed - known_tail_ > size_) return nullptr;
  }
  skipped_ = 0;
  if (bytes > to_end) {
    auto* skip = reinterpret_cast<Record*>(at(head));
    skip->type = Record::Type::Skip;
    skip->bytes = static_cast<std::uint32_t>(to_end);
    skipped_ = to_end;
    head += to_end;
  }
  auto* record = reinterpret_cast<Record*>(at(head));
  record->bytes = static_cast<std::uint32_t>(bytes);
  return record;
}

void EventQueue::publish(std::size_t bytes) {
  head_.store(head_.load(std::memory_order_relaxed) + skipped_ + bytes, std::memory_order_release);
}

bool EventQueue::push(const Event& event) {
  const std::size_t scalar_bytes = event.scalars.size() * sizeof(tb_scalar);
  const std::size_t bytes = rounded(sizeof(Record) + scalar_bytes + event.text.size());
  if (event.text.size() > longest_text || bytes > size_ / 8 || !event.metrics.empty() ||
      event.histogram) {
    auto box = std::make_unique<Event>(event);
    if (!push_boxed(box.get(), nullptr)) return false;
    box.release();
    return true;
  }
  Record* const record = reserve(bytes);
  if (!record) return false;
  record->type = Record::Type::Event;
  record->phase = static_cast<std::uint8_t>(event.phase);
  record->text_size = static_cast<std::uint16_t>(event.text.size());
  record->kind = static_cast<std::uint32_t>(event.kind);
  record->attempt = event.attempt;
  record->scalar_count = static_cast<std::uint32_t>(event.scalars.size());
  record->step = event.step;
  record->epoch = event.epoch;
  record->unix_ns = event.unix_ns;
  record->run_ns = event.run_ns;
  auto* const scalars = reinterpret_cast<tb_scalar*>(record + 1);
  std::uninitialized_copy(event.scalars.begin(), event.scalars.end(), scalars);
  std::ranges::copy(event.text, reinterpret_cast<char*>(scalars + event.scalars.size()));
  publish(bytes);
  return true;
}

bool EventQueue::push(std::unique_ptr<std::function<void()>>& command) {
  if (!push_boxed(nullptr, command.get())) return false;
  command.release();
  return true;
}

bool EventQueue::push_boxed(Event* event, std::function<void()>* command) {
  const std::size_t bytes = rounded(sizeof(Record));
  Record* const record = reserve(bytes);
  if (!record) return false;
  record->type = event ? Record::Type::Boxed : Record::Type::Command;
  if (event) {
    record->kind = static_cast<std::uint32_t>(event->kind);
    record->step = event->step;
    record->event = event;
  } else {
    record->command = command;
  }
  publish(bytes);
  return true;
}

std::array<EventQueue::Newest, EventQueue::kind_count> EventQueue::newest(std::uint64_t end) const {
  std::array<Newest, kind_count> result{};
  for (std::uint64_t position = this->position(); position != end;) {
    const auto* const record = reinterpret_cast<const Record*>(at(position));
    if (record->type == Record::Type::Event || record->type == Record::Type::Boxed)
      if (record->kind < kind_count) result[record->kind] = {position, record->step};
    position += record->bytes;
  }
  return result;
}

std::uint64_t EventQueue::pop(QueueItem& item) {
  std::uint64_t position = this->position();
  auto* record = reinterpret_cast<Record*>(at(position));
  if (record->type == Record::Type::Skip) {
    position += record->bytes;
    record = reinterpret_cast<Record*>(at(position));
  }
  item.command.reset();
  switch (record->type) {
    case Record::Type::Event: {
      Event& event = *item.event;
      event.kind = static_cast<EventKind>(record->kind);
      event.phase = static_cast<Phase>(record->phase);
      event.attempt = record->attempt;
      event.step = record->step;
      event.epoch = record->epoch;
      event.unix_ns = record->unix_ns;
      event.run_ns = record->run_ns;
      const auto* const scalars = reinterpret_cast<const tb_scalar*>(record + 1);
      event.scalars.assign(scalars, scalars + record->scalar_count);
      event.text.assign(reinterpret_cast<const char*>(scalars + record->scalar_count),
                        record->text_size);
      event.metrics.clear();
      event.histogram.reset();
      break;
    }
    case Record::Type::Boxed:
      item.event.reset(record->event);
      break;
    case Record::Type::Command:
      item.command.reset(record->command);
      break;
    case Record::Type::Skip:
      break;
  }
  tail_.store(position + record->bytes, std::memory_order_release);
  return position;
}

}  // namespace trainbus
