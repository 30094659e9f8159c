#include "core/host/isolate/isolated_observer.hpp"

#include <cstdio>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/bus/delivery_options.hpp"
#include "core/host/isolate/child_process.hpp"
#include "core/host/isolate/wire.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus {
namespace {

using namespace std::chrono_literals;
using isolate::FieldReader, isolate::FieldWriter, isolate::Frame, isolate::Type, isolate::Wire;
using Clock = Wire::Clock;

std::uint32_t flags_of(const Terminal& terminal) {
  std::uint32_t flags = 0;
  if (terminal.interactive()) flags |= TB_TERMINAL_INTERACTIVE;
  if (terminal.unicode()) flags |= TB_TERMINAL_UNICODE;
  if (terminal.color()) flags |= TB_TERMINAL_COLOR;
  return flags;
}

Intake intake_of(const Plugin& plugin, const OptionValues& options) {
  Intake intake = intake_from(options, plugin.options());
  intake.lossy = plugin.observer->flags & TB_OBSERVER_LOSSY;
  intake.isolated = true;
  return intake;
}

class IsolatedObserver final : public Observer {
 public:
  IsolatedObserver(const Plugin& plugin, const std::string& instance, const OptionValues& options,
                   const HostServices& services, const IsolationLimits& limits);
  ~IsolatedObserver() override;

  void on_event(Event& event) override;
  std::vector<std::string> metrics() const override;
  std::string save_state() override;
  void load_state(std::string_view state) override;

 private:
  void start(const OptionValues& options, const std::filesystem::path& run_directory);
  void send(Type type, const std::string& fields);
  // Handles what arrives until a frame of this type does. Throws ObserverGone.
  Frame await(Type type, std::chrono::nanoseconds limit, const char* doing);
  // Handles what has arrived.
  void catch_up();
  bool handle(const Frame& frame);  // false: an answer, not a message
  void count_done(FieldReader fields);
  void log_what_it_printed();
  void throw_first_failure();
  [[noreturn]] void gone(const std::string& why);
  [[noreturn]] void late(std::chrono::nanoseconds limit, const char* doing);

  const Plugin& plugin_;
  Terminal& terminal_;
  const IsolationLimits limits_;
  isolate::ChildProcess process_;
  Wire wire_;
  std::string gone_;           // why it is no more
  std::string first_failure_;  // of events that were done since the last call
  std::vector<std::pair<std::string, double>> emitted_;
  int failures_in_a_row_ = 0;
  std::uint64_t sent_ = 0, done_ = 0;  // events
  std::uint64_t last_done_step_ = 0;
  std::set<std::uint32_t> rows_;  // of the screen, that it has drawn on
  Clock::time_point progress_;    // when it last was done with something, or had nothing to do
};

IsolatedObserver::IsolatedObserver(const Plugin& plugin, const std::string& instance,
                                   const OptionValues& options, const HostServices& services,
                                   const IsolationLimits& limits)
    // The end is where all that was sent must be done, also for a plugin that does not want it.
    : Observer(instance, static_cast<Role>(plugin.observer->role),
               plugin.observer->wants | std::uint64_t{1} << TB_ON_TRAIN_END,
               intake_of(plugin, options)),
      plugin_(plugin),
      terminal_(services.terminal),
      limits_(limits),
      process_(isolate::host_program()),
      wire_(process_.take_socket(), Wire::WhileSending::Read) {
  start(options, services.run_directory);
}

void IsolatedObserver::start(const OptionValues& options,
                             const std::filesystem::path& run_directory) {
  FieldWriter fields;
  fields.put(std::string_view(plugin_.file.string())).put(std::string_view(plugin_.id));
  fields.put(std::string_view(name())).put(std::string_view(run_directory.string()));
  fields.put(flags_of(terminal_)).put(std::uint32_t{terminal_.columns()});
  const std::vector<Option> own = plugin_.options();
  fields.put(static_cast<std::uint64_t>(own.size()));
  for (const Option& option : own)
    fields.put(std::string_view(option.name)).put(std::string_view(options.text(option.name)));
  std::string why;
  try {
    send(Type::Start, fields.take());
    const auto deadline = Clock::now() + limits_.hang_limit;
    std::optional<Frame> frame;
    while ((frame = wire_.receive(deadline)) && handle(*frame)) continue;
    if (frame && frame->type == Type::Ready) return;
    if (frame && frame->type == Type::Failed) {  // it says all: where, and what to do
      log_what_it_printed();
      throw PluginError(FieldReader(frame->fields).text(), "", "");
    } else {
      why = frame || !wire_.closed() ? "its process did not answer"
                                     : "its process " + process_.wait_for_end(1s);
    }
  } catch (const ObserverGone& error) {
    why = error.what();
  }
  log_what_it_printed();
  throw PluginError("cannot be created: " + why, name() + " (" + plugin_.file.string() + ")",
                    "Correct its options, or leave it out with --without " + name() + ".");
}

IsolatedObserver::~IsolatedObserver() {
  if (gone_.empty()) {
    wire_.send(Type::End, {}, Clock::now() + limits_.patience);
    // Its last words, until it closes the connection.
    const auto deadline = Clock::now() + 5s;
    while (const auto frame = wire_.receive(deadline)) handle(*frame);
    process_.wait_for_end(1s);
  }
  log_what_it_printed();
}

void IsolatedObserver::gone(const std::string& why) {
  gone_ = why;
  log_what_it_printed();
  for (const std::uint32_t row : rows_) terminal_.set_live(row, "");  // nobody moves them any more
  throw ObserverGone(gone_, last_done_step_);
}

void IsolatedObserver::late(std::chrono::nanoseconds limit, const char* doing) {
  char text[96];
  std::snprintf(text, sizeof text, "its process did not %s for %.1f s and was ended", doing,
                std::chrono::duration<double>(limit).count());
  process_.wait_for_end(0ms);
  gone(text);
}

void IsolatedObserver::send(Type type, const std::string& fields) {
  switch (wire_.send(type, fields, Clock::now() + limits_.patience)) {
    case Wire::Sent::Yes:
      return;
    case Wire::Sent::TooLate:
      late(limits_.patience, "take an event");
    case Wire::Sent::Closed:
      catch_up();
      gone("its process " + process_.wait_for_end(1s));
  }
}

bool IsolatedObserver::handle(const Frame& frame) {
  FieldReader fields(frame.fields);
  switch (frame.type) {
    case Type::Log: {
      const auto level = static_cast<log::Level>(fields.number<std::int32_t>());
      log::write(level, name() + ": " + std::string(fields.text()));
      return true;
    }
    case Type::Live: {
      const auto row = fields.number<std::uint32_t>();
      terminal_.set_live(row, fields.text());
      rows_.insert(row);
      return true;
    }
    case Type::Print:
      terminal_.print(fields.text());
      return true;
    case Type::Done:
      count_done(fields);
      return true;
    default:
      return false;
  }
}

void IsolatedObserver::count_done(FieldReader fields) {
  const auto step = fields.number<std::uint64_t>();
  const bool ok = fields.number<std::uint8_t>() != 0;
  if (ok) last_done_step_ = step;
  const std::string_view why = fields.text();
  if (!ok && first_failure_.empty()) first_failure_ = why;
  failures_in_a_row_ = ok ? 0 : failures_in_a_row_ + 1;
  emitted_.clear();
  for (auto left = fields.number<std::uint64_t>(); left > 0; --left) {
    std::string metric(fields.text());
    emitted_.emplace_back(std::move(metric), fields.number<double>());
  }
  ++done_;
  progress_ = Clock::now();
}

void IsolatedObserver::catch_up() {
  while (const auto frame = wire_.receive(Clock::now())) handle(*frame);
  log_what_it_printed();
}

void IsolatedObserver::log_what_it_printed() {
  std::istringstream lines(process_.printed());
  for (std::string line; std::getline(lines, line);) log::info(name() + " printed: " + line);
}

Frame IsolatedObserver::await(Type type, std::chrono::nanoseconds limit, const char* doing) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const auto frame = wire_.receive(deadline);
    if (!frame && wire_.closed()) gone("its process " + process_.wait_for_end(1s));
    if (!frame) late(limit, doing);
    if (!handle(*frame) || frame->type == type) return *frame;
  }
}

void IsolatedObserver::throw_first_failure() {
  // Answers come late and many at once; the bus would count them as one.
  if (failures_in_a_row_ >= Bus::strikes_to_quarantine) {
    process_.wait_for_end(0ms);
    gone(std::to_string(failures_in_a_row_) + " failures in a row, the first: " + first_failure_);
  }
  if (!first_failure_.empty()) throw PluginError(std::exchange(first_failure_, {}), "", "");
}

void IsolatedObserver::on_event(Event& event) {
  if (!gone_.empty()) throw ObserverGone(gone_, last_done_step_);
  if (sent_ == done_) progress_ = Clock::now();
  if (plugin_.observer->wants >> static_cast<unsigned>(event.kind) & 1) {
    FieldWriter fields;
    fields.put(std::uint32_t{terminal_.columns()});
    isolate::put_event(fields, event);
    send(Type::Event, fields.take());
    ++sent_;
  }
  if (role() == Role::Metric || event.kind == EventKind::TrainEnd) {
    const bool metric = event.kind != EventKind::TrainEnd;
    while (done_ < sent_)
      await(Type::Done, metric ? limits_.patience : limits_.hang_limit, "handle an event");
    for (const auto& [metric_name, value] : emitted_) event.set(intern(metric_name), value);
    emitted_.clear();
  } else {
    catch_up();
    if (wire_.closed()) gone("its process " + process_.wait_for_end(1s));
    if (Clock::now() - progress_ > limits_.hang_limit) late(limits_.hang_limit, "handle an event");
  }
  log_what_it_printed();
  throw_first_failure();
}

std::vector<std::string> IsolatedObserver::metrics() const {
  std::vector<std::string> names;
  if (role() != Role::Metric || !plugin_.observer->metrics) return names;
  for (const char* const* metric = plugin_.observer->metrics; *metric; ++metric)
    names.push_back(name() + "/" + *metric);
  return names;
}

std::string IsolatedObserver::save_state() {
  if (!gone_.empty()) return {};
  send(Type::Save, {});
  const Frame frame = await(Type::State, limits_.hang_limit, "save its state");
  FieldReader fields(frame.fields);
  const bool ok = fields.number<std::uint8_t>() != 0;
  std::string text(fields.text());
  if (!ok) throw PluginError(text, "", "");
  return text;
}

void IsolatedObserver::load_state(std::string_view state) {
  FieldWriter fields;
  fields.put(state);
  send(Type::Load, fields.take());
  ++sent_;
  while (done_ < sent_) await(Type::Done, limits_.hang_limit, "take up its state");
  throw_first_failure();
}

}  // namespace

std::unique_ptr<Observer> make_isolated_observer(const Plugin& plugin, std::string instance,
                                                 const OptionValues& options,
                                                 const HostServices& services,
                                                 const IsolationLimits& limits) {
  if (!plugin.observer || plugin.observer->role == TB_ROLE_CONTROL)
    throw PluginError("cannot live in a process of its own, only metric plugins and sinks can",
                      instance + " (" + plugin.file.string() + ")", "");
  return std::make_unique<IsolatedObserver>(plugin, instance, options, services, limits);
}

}  // namespace trainbus
