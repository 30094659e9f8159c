#include "core/host/isolate/plugin_process.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus::isolate {

using namespace std::chrono_literals;

PluginProcess::PluginProcess(std::string name, const IsolationLimits& limits)
    : label_(std::move(name)),
      limits_(limits),
      process_(host_program()),
      wire_(process_.take_socket(), Wire::WhileSending::Read) {}

bool PluginProcess::handle(const Message& message) {
  if (message.type != Type::Log) return false;
  log::write(static_cast<log::Level>(message.level), label_ + ": " + std::string(message.text));
  return true;
}

void PluginProcess::start(Type type, const std::string& fields, const std::string& where,
                          const std::string& remedy) {
  std::string why;
  try {
    send(type, fields, "take its options");
    why = answer_to_start();
  } catch (const std::exception&) {
    if (gone_.empty()) throw;
    why = gone_;
  }
  if (why.empty()) return;
  log_what_it_printed();
  throw PluginError("cannot be created: " + why, where, remedy);
}

std::string PluginProcess::answer_to_start() {
  const auto deadline = Clock::now() + limits_.start_limit;
  while (Clock::now() <= deadline) {
    const auto frame = wire_.receive(deadline);
    if (!frame && wire_.closed()) lost();
    if (!frame) break;
    const Message message = read(*frame);
    if (handle(message)) continue;
    if (message.type == Type::Ready) return {};
    if (message.type != Type::Failed) misbehaved(unasked);
    log_what_it_printed();
    throw PluginError(message.text, "", "");  // the message says where, and what to do
  }
  return "its process did not answer";
}

// What the plugin does at the end no longer concerns the training.
void PluginProcess::close() noexcept try {
  if (gone_.empty()) {
    wire_.send(Type::End, {}, Clock::now() + limits_.patience);
    // Its last messages, until it closes the connection.
    const auto deadline = Clock::now() + 5s;
    while (Clock::now() <= deadline) {
      const auto frame = wire_.receive(deadline);
      if (!frame) break;
      if (!handle(read(*frame))) misbehaved(unasked);
    }
    process_.wait_for_end(1s);
  }
  log_what_it_printed();
} catch (const std::exception& error) {
  log::warning(label_ + ": at its end, " + error.what());
}

void PluginProcess::gone(const std::string& why) {
  gone_ = why;
  log_what_it_printed();
  clean_up();
  throw_gone();
  std::abort();  // not reached: the compiler does not believe a virtual function's [[noreturn]]
}

void PluginProcess::give_up(const std::string& why) {
  process_.wait_for_end(0ms);
  gone(why);
}

void PluginProcess::late(std::chrono::nanoseconds limit, const char* doing) {
  char text[96];
  std::snprintf(text, sizeof text, "its process did not %s for %.1f s and was ended", doing,
                std::chrono::duration<double>(limit).count());
  give_up(text);
}

void PluginProcess::lost() {
  if (wire_.broken()) misbehaved("bytes that are no frame");
  gone("its process " + process_.wait_for_end(1s));
}

void PluginProcess::misbehaved(const std::string& what) {
  give_up("its process sent " + what + " and was ended");
}

void PluginProcess::check_connected() {
  if (wire_.closed()) lost();
}

void PluginProcess::send(Type type, const std::string& fields, const char* doing) {
  switch (wire_.send(type, fields, Clock::now() + limits_.patience)) {
    case Wire::Sent::Yes:
      return;
    case Wire::Sent::TooLate:
      late(limits_.patience, doing);
    case Wire::Sent::Closed:
      catch_up();
      lost();
  }
}

Message PluginProcess::read(const Frame& frame) try {
  return read_message(frame);
} catch (const RunError& error) {
  misbehaved(std::string("what cannot be read (") + error.what() + ")");
}

Frame PluginProcess::await(std::initializer_list<Type> types, std::chrono::nanoseconds limit,
                           const char* doing) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const auto frame = wire_.receive(deadline);
    if (!frame && wire_.closed()) lost();
    if (!frame || Clock::now() > deadline) late(limit, doing);
    const bool is_message = handle(read(*frame));
    if (std::ranges::find(types, frame->type) != types.end()) return *frame;
    if (!is_message) misbehaved(unasked);
  }
}

void PluginProcess::answer(bool ok, const std::string& why) {
  FieldWriter fields;
  fields.put(static_cast<std::uint8_t>(ok)).put(std::string_view(why));
  wire_.send(Type::Answer, fields.take(), Clock::now() + limits_.patience);
}

void PluginProcess::catch_up() {
  const auto deadline = Clock::now() + limits_.patience;
  while (const auto frame = wire_.receive(Clock::now())) {
    if (!handle(read(*frame))) misbehaved(unasked);
    if (Clock::now() > deadline) late(limits_.patience, "stop talking");
  }
  log_what_it_printed();
}

void PluginProcess::log_what_it_printed() {
  std::istringstream lines(process_.printed());
  for (std::string line; std::getline(lines, line);) log::info(label_ + " printed: " + line);
}

}  // namespace trainbus::isolate
