#include "core/host/isolate/isolated_observer.hpp"

#include <set>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/bus/delivery_options.hpp"
#include "core/host/isolate/plugin_process.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

using isolate::FieldWriter, isolate::Frame, isolate::Message, isolate::Question, isolate::Type;

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

class IsolatedObserver final : public Observer, private isolate::PluginProcess {
 public:
  IsolatedObserver(const Plugin& plugin, const std::string& instance, const OptionValues& options,
                   const HostServices& services, const IsolationLimits& limits);
  ~IsolatedObserver() override;

  void on_event(Event& event) override;
  std::vector<std::string> metrics() const override;
  std::string save_state() override;
  void load_state(std::string_view state) override;

 private:
  bool handle(const Message& message) override;
  [[noreturn]] void throw_gone() override { throw ObserverGone(why(), last_done_step_); }
  void clean_up() override {
    for (const std::uint32_t row : rows_)
      terminal_.set_live(row, "");  // nothing updates them any more
  }
  std::string first_frame(const OptionValues& options, const HostServices& services,
                          const std::vector<Option>& schema) const;
  void count_done(Message message);
  void answer_question(const Message& question);
  void throw_first_failure();

  // Copied, since the plugin's file may be replaced while the run goes on.
  const std::string id_;
  const std::filesystem::path file_;
  const std::uint64_t wants_;
  std::vector<std::string> metrics_;

  Terminal& terminal_;
  FileClaims& claims_;
  const FileClaims::Writer writer_;
  std::size_t claim_count_ = 0;
  std::string first_failure_;  // of events that were done since the last call
  std::vector<std::pair<std::string, double>> emitted_;
  int failures_in_a_row_ = 0;
  std::uint64_t sent_ = 0, done_ = 0;  // events
  std::uint64_t last_done_step_ = 0;
  std::set<std::uint32_t> rows_;               // of the screen, that it has drawn on
  isolate::Wire::Clock::time_point progress_;  // when it last finished an event or was idle
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
      PluginProcess(instance, limits),
      id_(plugin.id),
      file_(plugin.file),
      wants_(plugin.observer->wants),
      metrics_(names_of(*plugin.observer, instance)),
      terminal_(services.terminal),
      claims_(services.claims ? *services.claims : process_file_register()),
      writer_{this, name()} {
  try {
    start(Type::Start, first_frame(options, services, plugin.options()),
          name() + " (" + file_.string() + ")",
          "Correct its options, or leave it out with --without " + name() + ".");
  } catch (...) {
    claims_.release_all(writer_);
    throw;
  }
}

std::string IsolatedObserver::first_frame(const OptionValues& options, const HostServices& services,
                                          const std::vector<Option>& schema) const {
  FieldWriter fields;
  fields.put(std::string_view(file_.string())).put(std::string_view(id_));
  fields.put(std::string_view(name())).put(std::string_view(services.run_directory.string()));
  fields.put(flags_of(terminal_)).put(std::uint32_t{terminal_.columns()});
  isolate::put_options(fields, options, schema);
  return fields.take();
}

IsolatedObserver::~IsolatedObserver() {
  close();
  claims_.release_all(writer_);
}

bool IsolatedObserver::handle(const Message& message) {
  const std::string text(message.text);
  switch (message.type) {
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
      answer_question(message);
      return true;
    default:
      return PluginProcess::handle(message);
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
void IsolatedObserver::answer_question(const Message& question) {
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
  answer(ok, why);
}

void IsolatedObserver::throw_first_failure() {
  // Answers come late and many at once; the bus would count them as one.
  if (failures_in_a_row_ >= Bus::strikes_to_quarantine)
    give_up(std::to_string(failures_in_a_row_) +
            " failures in a row, the first: " + first_failure_);
  if (!first_failure_.empty()) throw PluginError(std::exchange(first_failure_, {}), "", "");
}

void IsolatedObserver::on_event(Event& event) {
  if (!why().empty()) throw_gone();
  if (sent_ == done_) progress_ = Clock::now();
  if (wants_ >> static_cast<unsigned>(event.kind) & 1) {
    FieldWriter fields;
    fields.put(std::uint32_t{terminal_.columns()});
    isolate::put_event(fields, event);
    send(Type::Event, fields.take(), "take an event");
    ++sent_;
  }
  if (role() == Role::Metric || event.kind == EventKind::TrainEnd) {
    const bool metric = event.kind != EventKind::TrainEnd;
    while (done_ < sent_)
      await({Type::Done}, metric ? limits().patience : limits().hang_limit, "handle an event");
    for (const auto& [metric_name, value] : emitted_) event.set(intern(metric_name), value);
    emitted_.clear();
  } else {
    catch_up();
    check_connected();
    if (Clock::now() - progress_ > limits().hang_limit)
      late(limits().hang_limit, "handle an event");
  }
  log_what_it_printed();
  throw_first_failure();
}

std::vector<std::string> IsolatedObserver::metrics() const { return metrics_; }

std::string IsolatedObserver::save_state() {
  if (!why().empty()) return {};
  send(Type::Save, {}, "take an event");
  const Frame frame = await({Type::State}, limits().hang_limit, "save its state");
  const Message message = read(frame);
  if (!message.ok) throw PluginError(message.text, "", "");
  return std::string(message.text);
}

void IsolatedObserver::load_state(std::string_view state) {
  FieldWriter fields;
  fields.put(state);
  send(Type::Load, fields.take(), "take an event");
  ++sent_;
  while (done_ < sent_) await({Type::Done}, limits().hang_limit, "take up its state");
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
