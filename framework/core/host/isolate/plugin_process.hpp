// The process of an isolated plugin as the training process deals with it: what observers and
// rewards have in common.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>

#include "core/host/isolate/child_process.hpp"
#include "core/host/isolate/isolation_limits.hpp"
#include "core/host/isolate/message.hpp"
#include "core/host/isolate/wire.hpp"

namespace trainbus::isolate {

// Owns the process and the connection. Once the process has ended, or was ended since it exceeded a
// limit or sent what it must not, every function but close() throws what throw_gone() throws. One
// thread at a time.
class PluginProcess {
 public:
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;

 protected:
  using Clock = Wire::Clock;

  // name: the instance's, for messages.
  PluginProcess(std::string name, const IsolationLimits& limits);
  virtual ~PluginProcess() = default;

  // Does what a message asks for. False: it is no message but an answer.
  virtual bool handle(const Message& message);
  // Throws an exception that says why() the process has ended.
  [[noreturn]] virtual void throw_gone() = 0;
  // Before throw_gone(), once.
  virtual void clean_up() {}

  // Sends the first frame and waits until the instance is there. Throws PluginError, with where and
  // remedy, if it cannot be created.
  void start(Type type, const std::string& fields, const std::string& where,
             const std::string& remedy);
  // Sends a frame; "did not DOING" is said of a process that does not take it.
  void send(Type type, const std::string& fields, const char* doing);
  // Answers a question of the instance; if it no longer listens, that is found out later.
  void answer(bool ok, const std::string& why);
  // Does what arrives until a frame of one of these types does, which may be a message. Beyond the
  // limit the process is ended.
  Frame await(std::initializer_list<Type> types, std::chrono::nanoseconds limit, const char* doing);
  // Does what has arrived.
  void catch_up();
  void check_connected();
  Message read(const Frame& frame);
  void log_what_it_printed();
  // Asks the instance to end, and waits a while for its last messages.
  void close() noexcept;

  const std::string& why() const { return gone_; }  // it has ended; empty: it has not
  const IsolationLimits& limits() const { return limits_; }
  // The process is ended, since it did not do this within the limit,
  [[noreturn]] void late(std::chrono::nanoseconds limit, const char* doing);
  // sent what it must not,
  [[noreturn]] void misbehaved(const std::string& what);
  // or for this reason.
  [[noreturn]] void give_up(const std::string& why);
  static constexpr const char* unasked = "an answer that nobody asked for";

 private:
  std::string answer_to_start();  // why it was not created; empty: it was created
  [[noreturn]] void gone(const std::string& why);
  [[noreturn]] void lost();

  const std::string label_;
  const IsolationLimits limits_;
  ChildProcess process_;
  Wire wire_;
  std::string gone_;
};

}  // namespace trainbus::isolate
