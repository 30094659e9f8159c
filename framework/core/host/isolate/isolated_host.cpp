// The program trainbus-isolate, which hosts the observer.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/isolate/wire.hpp"
#include "core/host/library.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

using isolate::FieldReader, isolate::FieldWriter, isolate::Frame, isolate::Question, isolate::Type,
    isolate::Wire;

constexpr int socket = 3;
constexpr auto for_ever = std::chrono::hours(24 * 365);

// Sends the plugin's output to the training process, which owns the log and the terminal. Any
// thread.
class WireOutlet final : public Outlet {
 public:
  explicit WireOutlet(Wire& wire) : wire_(wire) {}

  void send(Type type, const std::string& fields) {
    const std::lock_guard lock(mutex_);
    wire_.send(type, fields, Wire::Clock::now() + for_ever);
  }
  void set_terminal(std::uint32_t flags, std::uint32_t columns) {
    flags_ = flags;
    columns_ = columns;
  }
  void set_columns(std::uint32_t columns) { columns_ = columns; }

  void log(std::int32_t level, std::string_view message) override {
    send(Type::Log, FieldWriter().put(level).put(message).take());
  }
  std::uint32_t terminal_flags() override { return flags_; }
  std::uint32_t columns() override { return columns_; }
  void set_live(std::uint32_t row, std::string_view line) override {
    send(Type::Live, FieldWriter().put(row).put(line).take());
  }
  void print(std::string_view line) override { send(Type::Print, FieldWriter().put(line).take()); }

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
  std::optional<Frame> next(bool answer) {
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

 private:
  Wire& wire_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Frame> answers_, others_;
  bool is_read_ = false, closed_ = false;
};

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
  int run();

 private:
  void create(FieldReader fields);
  void handle_event(FieldReader fields);
  void save();
  void load(FieldReader fields);
  void done(std::uint64_t step, const std::string& failure, const Event* event, std::size_t known);

  Wire wire_{socket, Wire::WhileSending::OnlySend};
  WireOutlet outlet_{wire_};
  Inbox inbox_{wire_};
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
    for (auto left = fields.number<std::uint64_t>(); left > 0; --left) {
      const std::string_view name = fields.text(), value = fields.text();
      if (!value.empty()) options.set(name, value, "isolate");
    }
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

int IsolatedHost::run() {
  // Without a frame the training process is gone: the instance closes its files in order.
  while (const auto frame = inbox_.next(false)) {
    FieldReader fields(frame->fields);
    if (frame->type == Type::Start) create(fields);
    if (frame->type == Type::End) break;
    if (!observer_) continue;
    if (frame->type == Type::Event) handle_event(fields);
    if (frame->type == Type::Save) save();
    if (frame->type == Type::Load) load(fields);
  }
  observer_.reset();
  return 0;
}

}  // namespace

// The training process sends well-formed frames; if one is not, this process ends.
int run_isolated_observer() try {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return IsolatedHost().run();
} catch (const RunError&) {
  return 1;
}

}  // namespace trainbus
