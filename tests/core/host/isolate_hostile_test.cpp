// An isolated plugin that sends invalid messages, or whose file is removed: the training continues
// and ends with the same result.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "core/bus/bus.hpp"
#include "core/bus/recording_observer.hpp"
#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/library.hpp"
#include "core/io/error.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace data = boost::unit_test::data;

struct HostileFixture {
  ScratchFolder folder;
  Terminal screen{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  CapturedLog log;
  Journal journal;
  Bus bus;
  IsolationLimits limits{.patience = 500ms, .hang_limit = 5s};

  void add(const fs::path& file, const std::string& stage, const std::string& how) {
    const Plugin& plugin = Catalog().load(file.string());
    OptionValues options("bad", plugin.options());
    if (options.has("stage")) {
      options.set("stage", stage, "test");
      options.set("how", how, "test");
    }
    bus.add(make_isolated_observer(plugin, "bad", options, {folder.path(), file_system(), screen},
                                   limits));
  }
  void run(std::uint64_t steps) {
    publish(bus, EventKind::TrainBegin);
    for (std::uint64_t step = 1; step <= steps; ++step) publish(bus, EventKind::Step, step);
    publish(bus, EventKind::TrainEnd, steps);
  }
};

const fs::path hostile = TRAINBUS_BINARY_DIR "/tests/core/plugins/hostile.so";
const auto attacks = data::make({"short", "long", "liar", "huge", "type", "host", "answer", "row",
                                 "done", "metrics", "question", "flood", "silence"});

}  // namespace

BOOST_FIXTURE_TEST_SUITE(isolate_hostile_test, HostileFixture)

BOOST_DATA_TEST_CASE_F(HostileFixture, what_it_sends_in_the_run_ends_its_part_alone, attacks, how) {
  add(hostile, "event", how);
  subscribe(bus, "good", journal, Role::Sink, 1u << TB_ON_STEP);
  run(100);
  BOOST_TEST(journal.size() == 100u);
  // One that says too early that it is done is believed as long as there was something to be done.
  if (std::string(how) == "done") return;
  BOOST_TEST(bus.report()[0].quarantined);
  BOOST_TEST_INFO(bus.report()[0].last_failure);
  BOOST_TEST(bus.report()[0].last_failure.find("its process") != std::string::npos);
  BOOST_TEST(bus.remove("bad"));
}

BOOST_DATA_TEST_CASE_F(HostileFixture, what_it_sends_when_it_is_created_refuses_the_run, attacks,
                       how) {
  limits.start_limit = 1s;
  BOOST_CHECK_EXCEPTION(add(hostile, "create", how), PluginError, [](const PluginError& error) {
    BOOST_TEST_INFO(error.what());
    return std::string(error.what()).find("cannot be created: its process") != std::string::npos;
  });
}

BOOST_DATA_TEST_CASE_F(HostileFixture, what_it_sends_at_its_end_is_logged_at_the_most, attacks,
                       how) {
  add(hostile, "destroy", how);
  run(10);
  BOOST_TEST(bus.report()[0].state() == "ok");
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(bus.remove("bad"));
  BOOST_TEST((std::chrono::steady_clock::now() - before < 30s));  // that it ends at all
}

BOOST_AUTO_TEST_CASE(one_that_prints_for_ever_is_ended_like_one_that_hangs) {
  limits.hang_limit = 1s;
  add(hostile, "event", "babble");
  run(100);
  BOOST_TEST(bus.report()[0].quarantined);
}

// The description of a plugin is in memory that its file is mapped to. In a process of its own,
// which ends without the loader: that would look into the file, too.
BOOST_AUTO_TEST_CASE(its_file_may_be_cut_off_while_the_run_goes_on) {
  const fs::path file = folder / "copy.so";
  fs::copy_file(hostile, file);
  const pid_t child = ::fork();
  if (child == 0) {
    add(file, "event", "nothing");
    subscribe(bus, "good", journal, Role::Sink, 1u << TB_ON_STEP);
    publish(bus, EventKind::TrainBegin);
    publish(bus, EventKind::Step, 1);
    fs::resize_file(file, 0);
    for (std::uint64_t step = 2; step <= 50; ++step) publish(bus, EventKind::Step, step);
    publish(bus, EventKind::TrainEnd, 50);
    const bool good = journal.size() == 50u && bus.remove("bad") && loaded_files_have_changed();
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(it_asks_the_register_of_the_training_process) {
  FileRegister files(folder.path());
  const Plugin& csv = Catalog().load(TRAINBUS_BINARY_DIR "/plugins/csv.so");
  HostServices services{folder.path(), file_system(), screen, nullptr, nullptr, &files};
  const auto make = [&](const std::string& name, const std::string& path, bool isolated) {
    OptionValues options(name, csv.options());
    options.set("path", path, "test");
    return isolated ? make_isolated_observer(csv, name, options, services, limits)
                    : make_plugin_observer(csv, name, options, services);
  };
  limits.hang_limit = 20s;
  const auto refused = [&](const std::string& path, bool isolated, const std::string& why) {
    BOOST_CHECK_EXCEPTION(make("two", path, isolated), Error, [&](const Error& error) {
      BOOST_TEST_INFO(error.what());
      return std::string(error.what()).find(why) != std::string::npos;
    });
  };
  refused("run.json", true, "the run's record");
  refused("model/a.csv", true, "the folder of the trained model");
  {
    const auto one = make("one", "a.csv", true);
    refused("a.csv", false, "is written by the plugin one already");
    refused("./a.csv", true, "is written by the plugin one already");
  }
  make("two", "a.csv", false);
  const ScratchFolder outside;
  file_system().replace(outside / "all.csv", "step,epoch,wall_time,attempt,loss\n1,0,1.0,1,2\n");
  refused((outside / "all.csv").string(), true, "holds what another run wrote");
  files.adopt(outside / "all.csv");
  make("two", (outside / "all.csv").string(), true);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
