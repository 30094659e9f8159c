// The program trainbus-isolate, when it hosts an observer.
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/host/isolate/host_connection.hpp"
#include "core/host/library.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

using isolate::FieldReader, isolate::FieldWriter, isolate::Frame, isolate::HostConnection,
    isolate::Inbox, isolate::Question, isolate::Type, isolate::WireOutlet;

// Asks the training process, which has the register of files. Any thread.
class WireClaims final : public FileClaims {
 public:
  WireClaims(WireOutlet& outlet, Inbox& inbox) : outlet_(outlet), inbox_(inbox) {}

  void claim(const std::filesystem::path& path, Writer) override {
    const auto [ok, why] = ask(Question::Claim, path);
    if (!ok) throw UsageError(why, "", "");
  }
  void release(const std::filesystem::path& path, Writer) override {
    send(Question::Release, path);
  }
  void release_all(Writer) override {}  // the training process does so when this one ends
  bool is_of_this_run(const std::filesystem::path& path) override {
    return ask(Question::Owned, path).first;
  }

 private:
  void send(Question question, const std::filesystem::path& path) {
    outlet_.send(Type::Ask, FieldWriter()
                                .put(static_cast<std::uint8_t>(question))
                                .put(std::string_view(path.native()))
                                .take());
  }
  std::pair<bool, std::string> ask(Question question, const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);  // one question at a time
    send(question, path);
    const std::optional<Frame> answer = inbox_.next(true);
    if (!answer) throw RunError("the training process is gone", path.string(), "");
    FieldReader fields(answer->fields);
    const bool ok = fields.number<std::uint8_t>() != 0;
    return {ok, std::string(fields.text())};
  }

  WireOutlet& outlet_;
  Inbox& inbox_;
  std::mutex mutex_;
};

class IsolatedHost {
 public:
  explicit IsolatedHost(HostConnection& connection)
      : outlet_(connection.outlet), inbox_(connection.inbox) {}
  void create(FieldReader fields);
  void run();

 private:
  void handle_event(FieldReader fields);
  void save();
  void load(FieldReader fields);
  void done(std::uint64_t step, const std::string& failure, const Event* event, std::size_t known);

  WireOutlet& outlet_;
  Inbox& inbox_;
  WireClaims claims_{outlet_, inbox_};
  Plugin plugin_;
  std::unique_ptr<Observer> observer_;
};

Plugin find_plugin(const std::filesystem::path& file, std::string_view id) {
  const Library library = load_library(file, "");
  for (std::uint32_t i = 0; library.module && i < library.module->observer_count; ++i)
    if (id == library.module->observers[i]->id)
      return {
          .id = std::string(id), .file = library.file, .observer = library.module->observers[i]};
  throw PluginError("no longer offers '" + std::string(id) + "'", file.string(), "");
}

void IsolatedHost::create(FieldReader fields) {
  const std::filesystem::path file = fields.text();
  const std::string_view id = fields.text();
  const std::string instance(fields.text());
  const std::filesystem::path run_directory = fields.text();
  const auto flags = fields.number<std::uint32_t>(), columns = fields.number<std::uint32_t>();
  outlet_.set_terminal(flags, columns);
  try {
    plugin_ = find_plugin(file, id);
    OptionValues options(instance, plugin_.options());
    isolate::get_options(fields, options);
    observer_ = make_plugin_observer(plugin_, instance, options,
                                     {.run_directory = run_directory,
                                      .files = file_system(),
                                      .terminal = terminal(),
                                      .outlet = &outlet_,
                                      .claims = &claims_});
    outlet_.send(Type::Ready, {});
  } catch (const std::exception& error) {
    outlet_.send(Type::Failed, FieldWriter().put(std::string_view(error.what())).take());
  }
}

void IsolatedHost::done(std::uint64_t step, const std::string& failure, const Event* event,
                        std::size_t known) {
  FieldWriter fields;
  fields.put(step).put(static_cast<std::uint8_t>(failure.empty())).put(std::string_view(failure));
  const std::size_t all = event ? event->scalars.size() : known;
  fields.put(static_cast<std::uint64_t>(all - known));
  for (std::size_t i = known; i < all; ++i)
    fields.put(std::string_view(event->scalars[i].name.data, event->scalars[i].name.size))
        .put(event->scalars[i].value);
  outlet_.send(Type::Done, fields.take());
}

void IsolatedHost::handle_event(FieldReader fields) {
  outlet_.set_columns(fields.number<std::uint32_t>());
  Event event = isolate::get_event(fields);
  const std::size_t known = event.scalars.size();
  std::string failure;
  try {
    observer_->on_event(event);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  done(event.step, failure, &event, known);
}

void IsolatedHost::save() {
  FieldWriter fields;
  try {
    const std::string state = observer_->save_state();
    fields.put(std::uint8_t{1}).put(std::string_view(state));
  } catch (const std::exception& error) {
    fields.put(std::uint8_t{0}).put(std::string_view(error.what()));
  }
  outlet_.send(Type::State, fields.take());
}

void IsolatedHost::load(FieldReader fields) {
  std::string failure;
  try {
    observer_->load_state(fields.text());
  } catch (const std::exception& error) {
    failure = error.what();
  }
  done(0, failure, nullptr, 0);
}

void IsolatedHost::run() {
  // Without a frame the training process is gone: the instance closes its files in order.
  while (const auto frame = inbox_.next(false)) {
    const FieldReader fields(frame->fields);
    if (frame->type == Type::End) break;
    if (!observer_) continue;
    if (frame->type == Type::Event) handle_event(fields);
    if (frame->type == Type::Save) save();
    if (frame->type == Type::Load) load(fields);
  }
  observer_.reset();
}

}  // namespace

void isolate::host_observer(HostConnection& connection, FieldReader start) {
  IsolatedHost host(connection);
  host.create(start);
  host.run();
}

}  // namespace trainbus
