#include "subject.hpp"

#include <fcntl.h>

#include <chrono>

#include "core/host/plugin_observer.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/terminal.hpp"

namespace trainbus::cli {
namespace {

std::filesystem::path made(std::filesystem::path folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

void add_cost(Record& record, EventKind kind, std::int64_t ns) {
  const auto number = static_cast<std::size_t>(kind);
  if (number >= TB_KIND_COUNT) return;
  record.cost[number].add(ns);
}

std::string requests_text(const ControlDesk& desk) {
  std::string text;
  for (const ControlRequest& request : desk.history())
    text += (text.empty() ? "" : "; ") + std::string(request_name(request.what)) + " at step " +
            std::to_string(request.step) + " (" + request.reason + ")";
  return text;
}

// A hidden terminal, since the plugin's drawing would mix with the trials.
Terminal& hidden_screen() {
  static Terminal& screen = *new Terminal(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  return screen;
}

}  // namespace

Instance::Instance(const Subject& subject, const std::string& folder) : subject_(subject) {
  desk_.open();
  subject.record.enter("create");
  observer_ = make_plugin_observer(subject.plugin, subject.plugin.id, subject.options,
                                   {.run_directory = made(subject.folder / folder),
                                    .files = file_system(),
                                    .terminal = hidden_screen(),
                                    .control = &desk_});
  subject.record.leave();
}

Instance::~Instance() { destroy(); }

void Instance::destroy() {
  if (!observer_) return;
  subject_.record.enter("destroy");
  observer_.reset();
  subject_.record.leave();
  const std::string requests = requests_text(desk_);
  if (!requests.empty()) put(subject_.record.requests, sizeof subject_.record.requests, requests);
}

void Instance::publish(Event& event) {
  if (!observer_->wants(event.kind)) return;
  using Clock = std::chrono::steady_clock;
  subject_.record.enter(event_name(event.kind), event.step);
  const auto before = Clock::now();
  ++events_;
  try {
    observer_->on_event(event);
  } catch (const std::exception& error) {
    if (failures_++ == 0)
      first_failure_ = std::string(event_name(event.kind)) + " of step " +
                       std::to_string(event.step) + ": " + error.what();
  }
  using std::chrono::nanoseconds;
  add_cost(subject_.record, event.kind,
           std::chrono::duration_cast<nanoseconds>(Clock::now() - before).count());
  subject_.record.leave();
}

void Instance::check() const {
  if (failures_ > 0)
    throw RunError(std::to_string(failures_) + " of " + std::to_string(events_) +
                       " events failed, first " + first_failure_,
                   "", "");
}

}  // namespace trainbus::cli
