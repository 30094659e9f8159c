// A plugin's instance on the bus: its events, metrics, state and errors.
#include "core/host/plugin_observer.hpp"

#include <boost/test/unit_test.hpp>

#include <cfenv>
#include <clocale>

#include "core/bus/bus.hpp"
#include "core/host/toy_plugin.hpp"
#include "core/io/error.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(plugin_observer_test, PluginFixture)

BOOST_AUTO_TEST_CASE(a_c_plugin_is_driven_from_begin_to_end) {
  const CapturedLog log;
  const Plugin& plugin = catalog.load("probe");
  Bus bus;
  bus.add(make_plugin_observer(plugin, "two", OptionValues("two", plugin.options()), real));
  const std::vector<std::string> declared = {"two/double"};
  BOOST_TEST(bus.metrics() == declared, boost::test_tools::per_element());
  Event event;
  event.kind = EventKind::TrainBegin;
  bus.publish(event);
  for (event.step = 1; event.step <= 3; ++event.step) {
    event.kind = EventKind::Step;
    event.scalars = {{intern("loss"), 0.25 * static_cast<double>(event.step)}};
    bus.publish(event);
    BOOST_REQUIRE(event.find(intern("two/double")));
    BOOST_TEST(*event.find(intern("two/double")) == 0.5 * static_cast<double>(event.step));
  }
  BOOST_TEST(bus.find("two")->save_state() == "3");
  event.kind = EventKind::TrainEnd;
  event.text = "completed";
  bus.publish(event);
  BOOST_TEST(file_system().read_all(folder / "logs/probe.txt") ==
             "on_step 1\non_step 2\non_step 3\n");
  BOOST_TEST(file_system().read_all(folder / "summary.txt") == "completed");
  BOOST_TEST(log.count("two: probe is done") == 1u);
  BOOST_TEST(bus.report()[0].failures == 0u);
}

BOOST_AUTO_TEST_CASE(state_is_taken_up_or_refused_with_the_plugins_words) {
  const auto observer = load("probe");
  observer->load_state("41");
  Event event;
  observer->on_event(event);
  BOOST_TEST(observer->save_state() == "42");
  try {
    observer->load_state("many");
    BOOST_ERROR("was not refused");
  } catch (const PluginError& e) {
    BOOST_TEST(has(e.what(), "'many' is no count of steps"));
  }
  BOOST_TEST(make(sink, real)->save_state() == "");
}

BOOST_AUTO_TEST_CASE(an_event_arrives_with_all_its_fields) {
  const auto observer = make(sink, real);
  Event event{.kind = EventKind::Evaluate,
              .phase = Phase::CatchUp,
              .attempt = 2,
              .step = 7,
              .epoch = 3,
              .unix_ns = 11,
              .run_ns = 13,
              .scalars = {{intern("loss"), 0.5}},
              .text = "words",
              .metrics = {intern("loss"), intern("lr")}};
  bool seen = false;
  Toy::at_event = [&](const tb_event& e, tb_metrics* out, tb_error*) {
    seen = e.size == sizeof(tb_event) && e.kind == TB_ON_EVALUATE &&
           e.name.data == std::string("on_evaluate") && e.step == 7 && e.epoch == 3 &&
           e.unix_ns == 11 && e.run_ns == 13 && e.scalar_count == 1 && e.scalars[0].value == 0.5 &&
           e.text.data == std::string("words") && e.attempt == 2 && e.phase == TB_PHASE_CATCH_UP &&
           e.metric_count == 2 && e.metrics[1].data == std::string("lr") && out == nullptr;
    return TB_OK;
  };
  observer->on_event(event);
  BOOST_TEST(seen);
}

BOOST_AUTO_TEST_CASE(a_failed_event_carries_the_plugins_words_or_says_that_there_are_none) {
  const auto observer = make(sink, real);
  Event event;
  Toy::at_event = [](const tb_event&, tb_metrics*, tb_error* error) {
    std::fill(std::begin(error->message), std::end(error->message), 'x');  // no zero at the end
    return TB_FAILED;
  };
  BOOST_CHECK_EXCEPTION(observer->on_event(event), PluginError,
                        [](const PluginError& e) { return e.what() == std::string(256, 'x'); });
  Toy::at_event = [](const tb_event&, tb_metrics*, tb_error*) { return TB_FAILED; };
  BOOST_CHECK_EXCEPTION(observer->on_event(event), PluginError,
                        [](const PluginError& e) { return has(e.what(), "without saying why"); });
}

BOOST_AUTO_TEST_CASE(emitted_metrics_join_the_event_under_the_instances_name) {
  const auto observer = make(metric, real);
  Event event;
  event.set(intern("loss"), 1.0);
  Toy::at_event = [](const tb_event& e, tb_metrics* out, tb_error*) {
    for (int i = 0; i < 50; ++i)  // more than the event's scalars have room for
      if (out->emit(out, text("m" + std::to_string(i)), i) != TB_OK) return TB_FAILED;
    out->emit(out, text("m0"), 9);                         // a second value replaces the first
    return e.scalars[0].value == 1.0 ? TB_OK : TB_FAILED;  // still readable
  };
  observer->on_event(event);
  BOOST_TEST(event.scalars.size() == 51u);
  BOOST_TEST(*event.find(intern("mine/m0")) == 9);
  BOOST_TEST(*event.find(intern("mine/m49")) == 49);
}

BOOST_AUTO_TEST_CASE(a_failed_event_leaves_no_metrics_behind) {
  const auto observer = make(metric, real);
  Event event;
  Toy::at_event = [](const tb_event&, tb_metrics* out, tb_error*) {
    out->emit(out, text("half"), 1);
    return TB_FAILED;
  };
  BOOST_CHECK_THROW(observer->on_event(event), PluginError);
  BOOST_TEST(event.scalars.empty());
}

BOOST_AUTO_TEST_CASE(a_bad_name_and_an_emit_after_the_call_are_refused) {
  const auto observer = make(metric, real);
  Event event;
  tb_metrics* kept = nullptr;
  Toy::at_event = [&](const tb_event&, tb_metrics* out, tb_error*) {
    kept = out;
    for (const tb_text bad : {text(""), text("two\nlines"), tb_text{nullptr, 5}})
      BOOST_TEST(out->emit(out, bad, 1) == TB_FAILED);
    return TB_OK;
  };
  observer->on_event(event);
  BOOST_TEST(kept->emit(kept, text("late"), 1) == TB_FAILED);
  BOOST_TEST(event.scalars.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_creation_names_instance_file_and_the_plugins_reason) {
  for (const auto& [id, reason] : {std::pair{"create_fails", "the flux capacitor is missing"},
                                   std::pair{"create_null", "without saying why"}})
    try {
      load(id);
      BOOST_ERROR("was created");
    } catch (const PluginError& e) {
      BOOST_TEST(has(e.what(), std::string(id) + " (" + TRAINBUS_BINARY_DIR));
      BOOST_TEST(has(e.what(), reason));
      BOOST_TEST(has(e.what(), std::string("--without ") + id));
    }
}

BOOST_AUTO_TEST_CASE(what_a_plugin_changes_in_the_process_is_put_back_and_named) {
  const CapturedLog log;
  const fs::path directory = fs::current_path();
  const auto observer = load("meddles");
  BOOST_TEST(fs::current_path() == directory);
  BOOST_TEST(std::fegetround() == FE_TONEAREST);
  BOOST_TEST(std::setlocale(LC_ALL, nullptr) == std::string("C"));
  BOOST_TEST(log.count("creating meddles") == 1u);
  for (const char* what : {"floating-point", "locale", "working directory", "umask", "signal USR2"})
    BOOST_TEST(log.count(what) == 1u, what);
}

BOOST_AUTO_TEST_CASE(plugins_that_fail_or_throw_are_quarantined_and_the_run_goes_on) {
  Bus bus;
  for (const char* id : {"event_fails", "throws", "throws_int"}) bus.add(load(id));
  int delivered = 0;
  bus.observe("last", Role::Sink, ~std::uint64_t{0}, [&](Event&) { ++delivered; });
  Event event;
  for (event.step = 1; event.step <= 5; ++event.step) bus.publish(event);
  BOOST_TEST(delivered == 5);
  const std::vector<ObserverReport> lines = bus.report();
  for (int i = 0; i < 3; ++i) BOOST_TEST(lines[i].quarantined, lines[i].name);
  BOOST_TEST(lines[0].last_failure == "this never works");
  BOOST_TEST(lines[1].last_failure == "thrown at step 3");
}

BOOST_AUTO_TEST_CASE(an_engine_plugin_is_no_observer) {
  const Plugin engine = {.kind = Plugin::Kind::Engine, .id = "sgd", .file = "sgd.so"};
  BOOST_CHECK_THROW(make_plugin_observer(engine, "sgd", {}, real), PluginError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
