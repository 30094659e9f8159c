#include "core/host/isolate/isolated_observer.hpp"

#include <cstdio>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/bus/delivery_options.hpp"
#include "core/host/isolate/child_process.hpp"
#include "core/host/isolate/message.hpp"
#include "core/host/isolate/wire.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus {
namespace {

using namespace std::chrono_literals;
using isolate::FieldWriter, isolate::Frame, isolate::Message, isolate::Question, isolate::Type,
    isolate::Wire;
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
  void start(const OptionValues& options, const std::filesystem::path& run_directory,
             const std::vector<Option>& schema);
  std::string answer_to_start();  // why it was not created; empty: it was created
  void send(Type type, const std::string& fields);
  // Handles what arrives until a frame of this type does. Throws ObserverGone.
  Frame await(Type type, std::chrono::nanoseconds limit, const char* doing);
  // Handles what has arrived.
  void catch_up();
  // False: an answer, not a message. Throws ObserverGone if it is neither.
  bool handle(const Frame& frame);
  Message read(const Frame& frame);
  void count_done(Message message);
  void answer(const Message& question);
  void close() noexcept;
  void log_what_it_printed();
  void throw_first_failure();
  [[noreturn]] void gone(const std::string& why);
  [[noreturn]] void late(std::chrono::nanoseconds limit, const char* doing);
  [[noreturn]] void lost();
  [[noreturn]] void misbehaved(const std::string& what);

  // Copied, since the plugin's file may be replaced while the run goes on.
  const std::string id_;
  const std::filesystem::path file_;
  const std::uint64_t wants_;
  std::vector<std::string> metrics_;

  Terminal& terminal_;
  FileClaims& claims_;
  const FileClaims::Writer writer_;
  std::size_t claim_count_ = 0;
  const IsolationLimits limits_;
  isolate::ChildProcess process_;
  Wire wire_;
  std::string gone_;           // why the process has ended
  std::string first_failure_;  // of events that were done since the last call
  std::vector<std::pair<std::string, double>> emitted_;
  int failures_in_a_row_ = 0;
  std::uint64_t sent_ = 0, done_ = 0;  // events
  std::uint64_t last_done_step_ = 0;
  std::set<std::uint32_t> rows_;  // of the screen, that it has drawn on
  Clock::time_point progress_;    // when it last finished an event or was idle
};

std::vector<std::string> names_of(const tb_observer& observer, const std::string& instance) {
  std::vector<std::string> names;
  if (observer.role != TB_ROLE_METRIC || !observer.metrics) return names;
  for (const char* const* metric = observer.metrics; *metric; ++metric)
    names.push_back(instance + "/" + *metric);
  return names;
}

IsolatedObserver::IsolatedObserver(const Plugin& plugin, const std::string& instance,
                                   const OptionValues& options, const HostServices& services,
                                   const IsolationLimits& limits)
    // At the end everything that was sent must be handled, also if the plugin does not want this
    // event.
    : Observer(instance, static_cast<Role>(plugin.observer->role),
               plugin.observer->wants | std::uint64_t{1} << TB_ON_TRAIN_END,
               intake_of(plugin, options)),
      id_(plugin.id),
      file_(plugin.file),
      wants_(plugin.observer->wants),
      metrics_(names_of(*plugin.observer, instance)),
      terminal_(services.terminal),
      claims_(services.claims ? *services.claims : process_file_register()),
      writer_{this, name()},
      limits_(limits),
      process_(isolate::host_program()),
      wire_(process_.take_socket(), Wire::WhileSending::Read) {
  try {
    start(options, services.run_directory, plugin.options());
  } catch (...) {
    claims_.release_all(writer_);
    throw;
  }
}

void IsolatedObserver::start(const OptionValues& options,
                             const std::filesystem::path& run_directory,
                             const std::vector<Option>& schema) {
  FieldWriter fields;
  fields.put(std::string_view(file_.string())).put(std::string_view(id_));
  fields.put(std::string_view(name())).put(std::string_view(run_directory.string()));
  fields.put(flags_of(terminal_)).put(std::uint32_t{terminal_.columns()});
  fields.put(static_cast<std::uint64_t>(schema.size()));
  for (const Option& option : schema)
    fields.put(std::string_view(option.name)).put(std::string_view(options.text(option.name)));
  std::string why;
  try {
    send(Type::Start, fields.take());
    why = answer_to_start();
  } catch (const ObserverGone&) {
    why = gone_;
  }
  if (why.empty()) return;
  log_what_it_printed();
  throw PluginError("cannot be created: " + why, name() + " (" + file_.string() + ")",
                    "Correct its options, or leave it out with --without " + name() + ".");
}

std::string IsolatedObserver::answer_to_start() {
  const auto deadline = Clock::now() + limits_.start_limit;
  while (Clock::now() <= deadline) {
    const auto frame = wire_.receive(deadline);
    if (!frame && wire_.closed()) lost();
    if (!frame) break;
    if (handle(*frame)) continue;
    const Message message = read(*frame);
    if (message.type == Type::Ready) return {};
    if (message.type != Type::Failed) misbehaved("an answer that nobody asked for");
    log_what_it_printed();
    throw PluginError(message.text, "", "");  // the message says where, and what to do
  }
  return "its process did not answer";
}

IsolatedObserver::~IsolatedObserver() {
  close();
  claims_.release_all(writer_);
}

// What the plugin does at the end no longer concerns the training.
void IsolatedObserver::close() noexcept try {
  if (gone_.empty()) {
    wire_.send(Type::End, {}, Clock::now() + limits_.patience);
    // Its last messages, until it closes the connection.
    const auto deadline = Clock::now() + 5s;
    while (Clock::now() <= deadline) {
      const auto frame = wire_.receive(deadline);
      if (!frame) break;
      if (!handle(*frame)) misbehaved("an answer that nobody asked for");
    }
    process_.wait_for_end(1s);
  }
  log_what_it_printed();
} catch (const std::exception& error) {
  log::warning(name() + ": at its end, " + error.what());
}

void IsolatedObserver::gone(const std::string& why) {
  gone_ = why;
  log_what_it_printed();
  for (const std::uint32_t row : rows_)
    terminal_.set_live(row, "");  // nothing updates them any more
  throw ObserverGone(gone_, last_done_step_);
}

void IsolatedObserver::late(std::chrono::nanoseconds limit, const char* doing) {
  char text[96];
  std::snprintf(text, sizeof text, "its process did not %s for %.1f s and was ended", doing,
                std::chrono::duration<double>(limit).count());
  process_.wait_for_end(0ms);
  gone(text);
}

void IsolatedObserver::lost() {
  if (wire_.broken()) misbehaved("bytes that are no frame");
  gone("its process " + process_.wait_for_end(1s));
}

void IsolatedObserver::misbehaved(const std::string& what) {
  process_.wait_for_end(0ms);
  gone("its process sent " + what + " and was ended");
}

void IsolatedObserver::send(Type type, const std::string& fields) {
  switch (wire_.send(type, fields, Clock::now() + limits_.patience)) {
    case Wire::Sent::Yes:
      return;
    case Wire::Sent::TooLate:
      late(limits_.patience, "take an event");
    case Wire::Sent::Closed:
      catch_up();
      lost();
  }
}

Message IsolatedObserver::read(const Frame& frame) try {
  return isolate::read_message(frame);
} catch (const RunError& error) {
  misbehaved(std::string("what cannot be read (") + error.what() + ")");
}

bool IsolatedObserver::handle(const Frame& frame) {
  const Message message = read(frame);
  const std::string text(message.text);
  switch (message.type) {
    case Type::Log:
      log::write(static_cast<log::Level>(message.level), name() + ": " + text);
      return true;
    case Type::Live:
      terminal_.set_live(message.row, text);
      rows_.insert(message.row);
      return true;
    case Type::Print:
      terminal_.print(text);
      return true;
    case Type::Done:
      count_done(message);
      return true;
    case Type::Ask:
      answer(message);
      return true;
    default:
      return false;
  }
}

void IsolatedObserver::count_done(Message message) {
  if (done_ == sent_) misbehaved("that it is done with an event that it was not sent");
  if (message.ok) last_done_step_ = message.step;
  if (!message.ok && first_failure_.empty())
    first_failure_ = message.text.empty() ? "failed without saying why" : message.text;
  failures_in_a_row_ = message.ok ? 0 : failures_in_a_row_ + 1;
  for (const auto& [metric, value] : message.metrics)
    if (!metric.starts_with(name() + "/")) misbehaved("a metric under another's name");
  emitted_ = std::move(message.metrics);
  ++done_;
  progress_ = Clock::now();
}

// The register of files is in this process; the files are opened in the other.
void IsolatedObserver::answer(const Message& question) {
  constexpr std::size_t most_claims = 100'000;
  const std::filesystem::path path(question.text);
  bool ok = true;
  std::string why;
  try {
    if (question.question == Question::Release) return claims_.release(path, writer_);
    if (question.question == Question::Owned) {
      ok = claims_.is_of_this_run(path);
    } else {
      if (++claim_count_ > most_claims) misbehaved("more names of files than any plugin writes");
      claims_.claim(path, writer_);
    }
  } catch (const UsageError& error) {
    ok = false;
    why = error.what();
  }
  FieldWriter fields;
  fields.put(static_cast<std::uint8_t>(ok)).put(std::string_view(why));
  wire_.send(Type::Answer, fields.take(), Clock::now() + limits_.patience);
}

void IsolatedObserver::catch_up() {
  const auto deadline = Clock::now() + limits_.patience;
  while (const auto frame = wire_.receive(Clock::now())) {
    if (!handle(*frame)) misbehaved("an answer that nobody asked for");
    if (Clock::now() > deadline) late(limits_.patience, "stop talking");
  }
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
    if (!frame && wire_.closed()) lost();
    if (!frame || Clock::now() > deadline) late(limit, doing);
    const bool is_message = handle(*frame);
    if (frame->type == type) return *frame;
    if (!is_message) misbehaved("an answer that nobody asked for");
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
  if (wants_ >> static_cast<unsigned>(event.kind) & 1) {
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
    if (wire_.closed()) lost();
    if (Clock::now() - progress_ > limits_.hang_limit) late(limits_.hang_limit, "handle an event");
  }
  log_what_it_printed();
  throw_first_failure();
}

std::vector<std::string> IsolatedObserver::metrics() const { return metrics_; }

std::string IsolatedObserver::save_state() {
  if (!gone_.empty()) return {};
  send(Type::Save, {});
  const Frame frame = await(Type::State, limits_.hang_limit, "save its state");
  const Message message = read(frame);
  if (!message.ok) throw PluginError(message.text, "", "");
  return std::string(message.text);
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
