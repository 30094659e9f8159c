// The other end of an isolated plugin's connection, in the program trainbus-isolate: what hosts of
// observers and of rewards have in common.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/host/isolate/wire.hpp"
#include "core/host/plugin_observer.hpp"

namespace trainbus::isolate {

// Sends the plugin's output to the training process, which owns the log and the terminal. Any
// thread.
class WireOutlet final : public Outlet {
 public:
  explicit WireOutlet(Wire& wire) : wire_(wire) {}

  void send(Type type, const std::string& fields);
  void set_terminal(std::uint32_t flags, std::uint32_t columns) {
    flags_ = flags;
    columns_ = columns;
  }
  void set_columns(std::uint32_t columns) { columns_ = columns; }

  void log(std::int32_t level, std::string_view message) override;
  std::uint32_t terminal_flags() override { return flags_; }
  std::uint32_t columns() override { return columns_; }
  void set_live(std::uint32_t row, std::string_view line) override;
  void print(std::string_view line) override;

 private:
  Wire& wire_;
  std::mutex mutex_;
  std::atomic<std::uint32_t> flags_ = 0, columns_ = 0;
};

// The received frames, for the main thread, which handles them, and for threads of the plugin that
// wait for an answer. Whichever comes first reads from the socket for all.
class Inbox {
 public:
  explicit Inbox(Wire& wire) : wire_(wire) {}
  // The next frame that is an answer, or that is not. Returns none if the training process is gone.
  std::optional<Frame> next(bool answer);

 private:
  Wire& wire_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Frame> answers_, others_;
  bool is_read_ = false, closed_ = false;
};

// The connection on descriptor 3.
struct HostConnection {
  static constexpr int socket = 3;
  Wire wire{socket, Wire::WhileSending::OnlySend};
  WireOutlet outlet{wire};
  Inbox inbox{wire};
};

// Serve one plugin until the training process says End or is gone. start: the fields of the frame
// that began it.
void host_observer(HostConnection& connection, FieldReader start);
void host_rewards(HostConnection& connection, FieldReader start);

}  // namespace trainbus::isolate
