#include "core/host/isolate/host_connection.hpp"

#include <signal.h>

#include <chrono>
#include <utility>

#include "core/host/isolate/isolated_plugin.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace isolate {
namespace {

constexpr auto for_ever = std::chrono::hours(24 * 365);

}  // namespace

void WireOutlet::send(Type type, const std::string& fields) {
  const std::lock_guard lock(mutex_);
  wire_.send(type, fields, Wire::Clock::now() + for_ever);
}

void WireOutlet::log(std::int32_t level, std::string_view message) {
  send(Type::Log, FieldWriter().put(level).put(message).take());
}

void WireOutlet::set_live(std::uint32_t row, std::string_view line) {
  send(Type::Live, FieldWriter().put(row).put(line).take());
}

void WireOutlet::print(std::string_view line) { send(Type::Print, FieldWriter().put(line).take()); }

std::optional<Frame> Inbox::next(bool answer) {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::deque<Frame>& wanted = answer ? answers_ : others_;
    if (!wanted.empty()) {
      Frame frame = std::move(wanted.front());
      wanted.pop_front();
      return frame;
    }
    if (closed_) return std::nullopt;
    if (is_read_) {
      changed_.wait(lock);
      continue;
    }
    is_read_ = true;
    lock.unlock();
    std::optional<Frame> frame = wire_.receive(Wire::Clock::now() + for_ever);
    lock.lock();
    is_read_ = false;
    closed_ = !frame;
    if (frame) (frame->type == Type::Answer ? answers_ : others_).push_back(std::move(*frame));
    changed_.notify_all();
  }
}

}  // namespace isolate

// The training process sends well-formed frames; if one is not, this process ends.
int run_isolated_plugin() try {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  isolate::HostConnection connection;
  const std::optional<isolate::Frame> first = connection.inbox.next(false);
  if (!first) return 0;
  const isolate::FieldReader fields(first->fields);
  if (first->type == isolate::Type::Start) isolate::host_observer(connection, fields);
  if (first->type == isolate::Type::StartRewards) isolate::host_rewards(connection, fields);
  return 0;
} catch (const RunError&) {
  return 1;
}

}  // namespace trainbus
