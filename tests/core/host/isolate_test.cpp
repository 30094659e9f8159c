// Observers in their own processes: they get the same events and give the same results, and the run
// continues whatever they do.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/bus/bus.hpp"
#include "core/bus/recording_observer.hpp"
#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/isolate/wire.hpp"
#include "core/io/error.hpp"
#include "core/io/terminal.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const fs::path bad_folder = TRAINBUS_BINARY_DIR "/bad_plugins";
const fs::path plugin_folder = TRAINBUS_BINARY_DIR "/plugins";

struct IsolateFixture {
  ScratchFolder folder;
  Terminal screen{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  CapturedLog log;
  Journal journal;
  Bus bus;
  IsolationLimits limits{.patience = 10s, .hang_limit = 20s};

  const Plugin& load(const fs::path& file) { return Catalog().load(file.string()); }
  HostServices services() { return {folder.path(), file_system(), screen}; }
  void add(const fs::path& file, std::string name, std::map<std::string, std::string> given = {}) {
    const Plugin& plugin = load(file);
    OptionValues options(name, plugin.options());
    for (const auto& [option, value] : given) options.set(option, value, "test");
    bus.add(make_isolated_observer(plugin, std::move(name), options, services(), limits));
  }
  ObserverReport report(const std::string& name) {
    for (const ObserverReport& line : bus.report())
      if (line.name == name) return line;
    throw std::out_of_range(name);
  }
  void step(std::uint64_t number) {
    Event event = make_event(EventKind::Step, number);
    event.set(intern("loss"), 1.0 / static_cast<double>(number));
    bus.publish(event);
  }
  // The end waits until all is handled.
  void run(std::uint64_t steps) {
    Event begin = make_event(EventKind::TrainBegin);
    begin.text = "{}";
    begin.metrics = {intern("loss")};
    bus.publish(begin);
    for (std::uint64_t number = 1; number <= steps; ++number) step(number);
    Event end = make_event(EventKind::TrainEnd, steps);
    end.text = "completed";
    bus.publish(end);
  }
};

struct Failure {
  const char* plugin;
  const char* said;
};
std::ostream& operator<<(std::ostream& out, const Failure& f) { return out << f.plugin; }

const Failure failures[] = {
    {"crashes", "its process was ended by SIGSEGV (Segmentation fault)"},
    {"aborts", "its process was ended by SIGABRT (Aborted)"},
    {"calls_exit", "its process ended with exit code"},
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(isolate_test, IsolateFixture)

BOOST_DATA_TEST_CASE_F(IsolateFixture, a_plugin_that_ends_its_process_is_named_and_the_run_goes_on,
                       boost::unit_test::data::make(failures), failure) {
  add(bad_folder / (std::string(failure.plugin) + ".so"), failure.plugin);
  subscribe(bus, "good", journal, Role::Sink, 1u << TB_ON_STEP);
  run(200);
  const ObserverReport fared = report(failure.plugin);
  BOOST_TEST(fared.quarantined);
  BOOST_TEST(fared.delivery == "isolated");
  BOOST_TEST_INFO(fared.last_failure);
  BOOST_TEST(fared.last_failure.find(failure.said) != std::string::npos);
  BOOST_TEST_INFO(fared.last_failure);
  BOOST_TEST(fared.last_failure.find("the last step that it handled was 2") != std::string::npos);
  BOOST_TEST(fared.last_delivered_step == 2u);
  BOOST_TEST(journal.size() == 200u);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_hangs_is_ended_with_its_process) {
  limits.hang_limit = 500ms;
  add(bad_folder / "hangs.so", "hangs");
  subscribe(bus, "good", journal, Role::Sink, 1u << TB_ON_STEP);
  run(20);
  BOOST_TEST(report("hangs").quarantined);
  BOOST_TEST_INFO(report("hangs").last_failure);
  BOOST_TEST(report("hangs").last_failure.find("did not handle an event for 0.5 s") !=
             std::string::npos);
  BOOST_TEST(!bus.left_a_thread_behind());
  BOOST_TEST(journal.size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_crashes_while_it_is_created_refuses_the_run) {
  BOOST_CHECK_EXCEPTION(add(bad_folder / "crashes_in_create.so", "crash"), PluginError,
                        [](const PluginError& error) {
                          const std::string what = error.what();
                          return what.find("was ended by SIGSEGV") != what.npos &&
                                 what.find("--without crash") != what.npos;
                        });
}

BOOST_AUTO_TEST_CASE(a_plugin_that_cannot_be_created_says_why) {
  BOOST_CHECK_EXCEPTION(
      add(bad_folder / "create_fails.so", "no"), PluginError, [](const PluginError& error) {
        return std::string(error.what()).find("cannot be created") != std::string::npos;
      });
}

BOOST_AUTO_TEST_CASE(failures_are_strikes_as_in_process) {
  add(bad_folder / "event_fails.so", "fails");
  run(50);
  BOOST_TEST(report("fails").quarantined);
  BOOST_TEST_INFO(report("fails").last_failure);
  BOOST_TEST(report("fails").last_failure.find("failures in a row, the first: ") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_slow_one_is_waited_for_at_the_end) {
  limits.hang_limit = 2s;
  add(bad_folder / "slow.so", "slow");  // 20 ms an event
  run(110);                             // more than the limit in all
  BOOST_TEST(report("slow").state() == "ok");
}

BOOST_AUTO_TEST_CASE(two_plugins_do_not_write_one_file) {
  const Plugin& csv = load(plugin_folder / "csv.so");
  bus.add(make_plugin_observer(csv, "one", OptionValues("one", csv.options()), services()));
  BOOST_CHECK_EXCEPTION(
      make_plugin_observer(csv, "two", OptionValues("two", csv.options()), services()), UsageError,
      [](const UsageError& error) {
        return std::string(error.what()).find("is written by the plugin one already") !=
               std::string::npos;
      });
  bus.remove("one");
  make_plugin_observer(csv, "two", OptionValues("two", csv.options()), services());
}

BOOST_AUTO_TEST_CASE(a_sink_writes_the_same_file_as_in_process) {
  add(plugin_folder / "csv.so", "apart", {{"path", "apart.csv"}});
  const Plugin& csv = load(plugin_folder / "csv.so");
  OptionValues options("inside", csv.options());
  options.set("path", "inside.csv", "test");
  bus.add(make_plugin_observer(csv, "inside", options, services()));
  run(3000);
  const std::string apart = file_system().read_all(folder.path() / "apart.csv");
  BOOST_TEST(apart == file_system().read_all(folder.path() / "inside.csv"));
  BOOST_TEST(std::count(apart.begin(), apart.end(), '\n') == 3001);
  BOOST_TEST(report("apart").state() == "ok");
}

BOOST_AUTO_TEST_CASE(a_metric_observer_adds_the_same_numbers_and_keeps_the_same_state) {
  add(plugin_folder / "ema.so", "apart");
  const Plugin& ema = load(plugin_folder / "ema.so");
  bus.add(make_plugin_observer(ema, "inside", OptionValues("inside", ema.options()), services()));
  auto& sink = subscribe(bus, "sink", journal);
  publish(bus, EventKind::TrainBegin);
  for (std::uint64_t number = 1; number <= 100; ++number) {
    Event forward = make_event(EventKind::Forward, number);
    forward.set(intern("loss"), 3.0 / static_cast<double>(number));
    forward.set(intern("side"), 0);
    bus.publish(forward);
    step(number);
    const double* const apart = sink.last.find(intern("apart/loss"));
    BOOST_REQUIRE(apart);
    BOOST_REQUIRE(*apart == *sink.last.find(intern("inside/loss")));
  }
  auto states = bus.save_state();
  BOOST_TEST(!states["apart"].empty());
  BOOST_TEST(states["apart"] == states["inside"]);
  bus.find("apart")->load_state(states["apart"]);
  BOOST_CHECK_THROW(bus.find("apart")->load_state("nonsense"), PluginError);
}

BOOST_AUTO_TEST_CASE(events_cross_the_border_whole) {
  Event event = make_event(EventKind::Histogram, 7);
  event.phase = Phase::CatchUp;
  event.attempt = 3;
  event.epoch = 2;
  event.unix_ns = -5;
  event.run_ns = 9;
  event.text = "näme";
  event.set(intern("a"), 0.1);
  event.metrics = {intern("b")};
  event.histogram = std::make_shared<Histogram>(Histogram{
      .count = 2, .nonfinite = 1, .min = -1, .max = 3, .limits = {1, 3}, .counts = {1, 1}});
  isolate::FieldWriter writer;
  isolate::put_event(writer, event);
  const std::string bytes = writer.take();
  isolate::FieldReader reader(bytes);
  const Event back = isolate::get_event(reader);
  BOOST_TEST((back.kind == event.kind && back.phase == event.phase && back.step == 7u));
  BOOST_TEST((back.attempt == 3u && back.epoch == 2u && back.unix_ns == -5 && back.run_ns == 9));
  BOOST_TEST(back.text == event.text);
  BOOST_TEST(back.scalars[0].name.data == intern("a").data);
  BOOST_TEST(back.scalars[0].value == 0.1);
  BOOST_TEST(back.metrics.size() == 1u);
  BOOST_TEST((back.histogram->limits == event.histogram->limits && back.histogram->max == 3));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    isolate::FieldReader cut(std::string_view(bytes).substr(0, size));
    BOOST_CHECK_THROW(isolate::get_event(cut), RunError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
