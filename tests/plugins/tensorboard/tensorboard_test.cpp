// The plugin, driven through its C interface with files in memory.
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <trainbus/plugin_testing.hpp>

#include "tensorboard/crc32c.hpp"
#include "tensorboard/history.hpp"
#include "tensorboard/record.hpp"

using trainbus::Phase;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;
namespace tensorboard = trainbus::tensorboard;
using tensorboard::Scalar;

namespace {

const tb_observer& observer = *trainbus_module_v1.observers[0];
constexpr double kStart = 1'700'000'000;

// A second per step on the wall clock.
EventBuilder at(std::uint32_t kind, std::uint64_t step) {
  return EventBuilder(kind).step(step).unix_ns((1'700'000'000 + static_cast<std::int64_t>(step)) *
                                               1'000'000'000);
}

EventBuilder loss(std::uint64_t step, double value) {
  return at(TB_ON_STEP, step).set("loss", value);
}

std::string loss_record(std::int64_t step, double value) {
  const Scalar scalar{"train/loss", value};
  return tensorboard::scalars(kStart + static_cast<double>(step), step, {&scalar, 1});
}

std::string head(std::int64_t begin, std::int64_t first) {
  const double now = kStart + static_cast<double>(begin);
  return tensorboard::file_version(now, "trainbus") + tensorboard::session_start(now, first) +
         tensorboard::hparams_start(now, {});
}

std::string end_file(std::int64_t step, tensorboard::SessionStatus status) {
  const double now = kStart + static_cast<double>(step);
  return tensorboard::file_version(now, "trainbus") + tensorboard::hparams_end(now, status);
}

struct Run {
  FakeHost host{observer};

  std::vector<std::string> names() {
    std::vector<std::string> out;
    host.files.each_in("", [&](tb_text name) { out.emplace_back(name.data, name.size); });
    return out;
  }
  std::string newest() { return host.files.get(names().back()); }
  std::uint32_t attempts = 0;
  EventBuilder begin(std::uint64_t initial) {
    return at(TB_ON_TRAIN_BEGIN, initial)
        .attempt(++attempts)
        .set("initial_step", static_cast<double>(initial));
  }
  // One attempt from step `initial`, which is killed after step `last`.
  void attempt(std::uint64_t initial, std::uint64_t last) {
    Instance plugin(observer, host);
    plugin.publish(begin(initial));
    for (std::uint64_t s = initial + 1; s <= last; ++s)
      plugin.publish(loss(s, static_cast<double>(s)));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tensorboard_sink, Run)

BOOST_AUTO_TEST_CASE(a_run_is_one_file_that_begins_with_version_and_start) {
  Instance plugin(observer, host);
  BOOST_TEST(plugin.publish(at(TB_ON_TRAIN_BEGIN, 0).set("initial_step", 0)));
  BOOST_TEST(plugin.publish(loss(1, 2.5)));
  BOOST_TEST(plugin.publish(loss(2, std::nan(""))));
  BOOST_TEST(plugin.publish(at(TB_ON_TRAIN_END, 2).text("completed")));
  BOOST_TEST_REQUIRE(names().size() == 2u);
  BOOST_TEST(names()[0].starts_with("events.out.tfevents.1700000000."));
  BOOST_TEST(names()[0].ends_with("." + std::to_string(::getpid()) + ".0"));
  BOOST_TEST((host.files.get(names()[0]) ==
              head(0, 0) + loss_record(1, 2.5) + loss_record(2, std::nan(""))));
  BOOST_TEST(host.files.syncs() == 1u);
}

BOOST_AUTO_TEST_CASE(all_scalars_of_a_step_are_one_record) {
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  const std::uint64_t before = host.files.operations();
  plugin.publish(loss(1, 0.5).set("lr", 1e-4).set("ema/loss", 0.25));
  BOOST_TEST(host.files.operations() == before + 1);
  const Scalar all[] = {{"train/loss", 0.5}, {"train/lr", 1e-4}, {"ema/loss", 0.25}};
  BOOST_TEST(newest().ends_with(tensorboard::scalars(kStart + 1, 1, all)));
}

BOOST_AUTO_TEST_CASE(the_group_of_metrics_without_one_can_be_chosen) {
  host.set("group", "");
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  plugin.publish(loss(1, 0.5));
  const Scalar bare{"loss", 0.5};
  BOOST_TEST(newest().ends_with(tensorboard::scalars(kStart + 1, 1, {&bare, 1})));
}

BOOST_AUTO_TEST_CASE(the_options_of_the_run_are_text_and_hyper_parameters) {
  Instance plugin(observer, host);
  plugin.publish(
      at(TB_ON_TRAIN_BEGIN, 0).text(R"({"options": {"seed": {"value": 7, "source": "default"}}})"));
  const std::string table =
      "| option | value | from |\n| --- | --- | --- |\n| seed | 7 | default |\n";
  BOOST_TEST(newest().ends_with(tensorboard::text(kStart, 0, "run/options", table) +
                                tensorboard::hparams_start(kStart, {{"seed", 7.0}})));
}

BOOST_AUTO_TEST_CASE(a_description_that_is_no_json_costs_only_itself) {
  Instance plugin(observer, host);
  BOOST_TEST(plugin.publish(at(TB_ON_TRAIN_BEGIN, 0).text("{broken")));
  BOOST_TEST(host.logged("will not show the run's options", TB_LOG_WARNING) == 1u);
  BOOST_TEST((newest() == head(0, 0)));
}

BOOST_AUTO_TEST_CASE(a_resumed_run_starts_a_later_file_at_its_first_step) {
  attempt(0, 6);
  attempt(3, 5);
  BOOST_TEST_REQUIRE(names().size() == 2u);
  // The test's clock is at second 3 of the run; the first file is from second 0.
  BOOST_TEST(names()[1].starts_with("events.out.tfevents.1700000003."));
  BOOST_TEST((newest() == head(3, 4) + loss_record(4, 4) + loss_record(5, 5)));
}

BOOST_AUTO_TEST_CASE(
    files_that_cannot_be_read_still_come_before_the_new_one_and_keep_their_points) {
  host.files.put("events.out.tfevents.1700009999.host.1.0", "");
  attempts = 1;
  host.files.fail_after(0, 1);
  attempt(3, 4);
  BOOST_TEST(names().back().starts_with("events.out.tfevents.1700010000."));
  BOOST_TEST((newest() == head(3, 4) + loss_record(4, 4)));
  BOOST_TEST(host.logged("earlier attempts cannot be read", TB_LOG_WARNING) == 1u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_does_not_change_the_order_of_files) {
  host.files.put("events.out.tfevents.1700009999.host.1.0", "");
  attempt(0, 1);
  BOOST_TEST(names().back().starts_with("events.out.tfevents.1700010000."));
}

BOOST_AUTO_TEST_CASE(events_that_are_published_again_fill_the_gap_and_repeat_nothing) {
  attempt(0, 4);
  Instance plugin(observer, host);
  plugin.publish(begin(6));
  for (std::uint64_t s = 3; s <= 6; ++s) {
    plugin.publish(loss(s, static_cast<double>(s)).phase(Phase::CatchUp));
    plugin.publish(at(TB_ON_EVALUATE, s).phase(Phase::CatchUp).set("eval/loss", 9));
  }
  const auto evaluation = [](std::int64_t step) {
    const Scalar scalar{"eval/loss", 9};
    return tensorboard::scalars(kStart + static_cast<double>(step), step, {&scalar, 1});
  };
  BOOST_TEST((newest() == head(6, 5) + evaluation(3) + evaluation(4) + loss_record(5, 5) +
                              evaluation(5) + loss_record(6, 6) + evaluation(6)));
}

BOOST_AUTO_TEST_CASE(an_evaluation_has_a_group_of_its_own) {
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  plugin.publish(at(TB_ON_EVALUATE, 5).set("eval/loss", 9).set("accuracy", 1));
  const Scalar both[] = {{"eval/loss", 9}, {"eval/accuracy", 1}};
  BOOST_TEST((newest() == head(0, 0) + tensorboard::scalars(kStart + 5, 5, both)));
}

BOOST_AUTO_TEST_CASE(a_tag_never_has_two_points_at_one_step) {
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  plugin.publish(at(TB_ON_STEP, 5).set("ema/loss", 1));
  plugin.publish(at(TB_ON_EVALUATE, 5).set("ema/loss", 2).set("eval/loss", 3));
  plugin.publish(at(TB_ON_EVALUATE, 5).set("eval/loss", 4));
  const Scalar first{"ema/loss", 1}, second{"eval/loss", 3};
  BOOST_TEST((newest() == head(0, 0) + tensorboard::scalars(kStart + 5, 5, {&first, 1}) +
                              tensorboard::scalars(kStart + 5, 5, {&second, 1})));
}

BOOST_AUTO_TEST_CASE(a_histogram_is_one_record_and_what_is_not_finite_is_counted_beside_it) {
  const double limits[] = {0, 1}, counts[] = {1, 2};
  tb_histogram raw{.size = sizeof(tb_histogram),
                   .count = 3,
                   .nonfinite = 0,
                   .min = -1,
                   .max = 1,
                   .sum = 1,
                   .sum_squares = 2,
                   .limits = limits,
                   .counts = counts,
                   .bucket_count = 2};
  const trainbus::Histogram values{.count = 3,
                                   .min = -1,
                                   .max = 1,
                                   .sum = 1,
                                   .sum_squares = 2,
                                   .limits = limits,
                                   .counts = counts};
  const auto event = [](std::uint64_t step, const char* name) {
    return at(TB_ON_HISTOGRAM, step).text(name);
  };
  host.histogram(raw);
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  BOOST_TEST(plugin.publish(event(5, "layers.0.w")));
  BOOST_TEST(plugin.publish(event(5, "gradient/layers.0.w")));
  raw.nonfinite = 7;
  BOOST_TEST(plugin.publish(event(6, "layers.0.w")));
  raw.count = 0;
  BOOST_TEST(plugin.publish(event(7, "layers.0.w")));
  const Scalar nonfinite{"tensors/layers.0.w/nonfinite", 7};
  BOOST_TEST((newest() == head(0, 0) +
                              tensorboard::histogram(kStart + 5, 5, "tensors/layers.0.w", values) +
                              tensorboard::histogram(kStart + 5, 5, "gradient/layers.0.w", values) +
                              tensorboard::histogram(kStart + 6, 6, "tensors/layers.0.w", values) +
                              tensorboard::scalars(kStart + 6, 6, {&nonfinite, 1}) +
                              tensorboard::scalars(kStart + 7, 7, {&nonfinite, 1})));
}

BOOST_AUTO_TEST_CASE(forward_passes_are_written_on_request_each_under_its_own_tag) {
  const auto forward = [](double side, double micro, double micro_count) {
    return at(TB_ON_FORWARD, 1)
        .set("loss", 2)
        .set("side", side)
        .set("micro", micro)
        .set("micro_count", micro_count);
  };
  Instance silent(observer, host);
  silent.publish(at(TB_ON_TRAIN_BEGIN, 0));
  silent.publish(forward(1, 0, 1));
  BOOST_TEST((newest() == head(0, 0)));

  Run other;
  other.host.set("forwards", "true");
  Instance plugin(observer, other.host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  plugin.publish(forward(1, 0, 1));
  plugin.publish(forward(-1, 0, 1));
  plugin.publish(forward(0, 3, 4));
  std::string expected = head(0, 0);
  for (const char* tag : {"forward/loss_plus", "forward/loss_minus", "forward/loss_3"}) {
    const Scalar scalar{tag, 2};
    expected += tensorboard::scalars(kStart + 1, 1, {&scalar, 1});
  }
  BOOST_TEST((other.newest() == expected));
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_the_records_of_that_time_only) {
  Instance plugin(observer, host);
  plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
  plugin.publish(loss(1, 1));
  host.files.fail_after(0);
  BOOST_TEST(!plugin.publish(loss(2, 2)));  // said once, then counted
  BOOST_TEST(plugin.failure.find("No space left") != std::string::npos);
  for (std::uint64_t s = 3; s <= 9; ++s) BOOST_TEST(plugin.publish(loss(s, 3)));
  host.files.heal();
  BOOST_TEST(plugin.publish(loss(10, 10)));
  BOOST_TEST(host.logged("the TensorBoard file can be written again, from step 10 on") == 1u);
  BOOST_TEST((newest() == head(0, 0) + loss_record(1, 1) + loss_record(10, 10)));
  plugin.publish(at(TB_ON_TRAIN_END, 10).text("completed"));
  BOOST_TEST(host.logged("the TensorBoard file lacks 8 records of steps 2 to 9, which could not be",
                         TB_LOG_WARNING) == 1u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_at_the_start_still_gets_a_complete_file_later) {
  host.files.fail_after(0);
  Instance plugin(observer, host);
  BOOST_TEST(!plugin.publish(at(TB_ON_TRAIN_BEGIN, 0)));
  host.files.heal();
  BOOST_TEST(plugin.publish(loss(1, 1)));
  BOOST_TEST((newest() == tensorboard::file_version(kStart, "trainbus") +
                              tensorboard::session_start(kStart, 0) + loss_record(1, 1)));
}

BOOST_AUTO_TEST_CASE(every_single_failure_leaves_a_file_of_whole_records) {
  for (std::uint64_t k = 0; k < 12; ++k) {
    Run run;
    run.attempt(0, 3);
    run.host.files.fail_after(k, 1);
    run.attempt(3, 8);
    std::string rest = run.newest();
    while (rest.size() >= 12) {
      std::uint64_t size = 0;
      for (int i = 7; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(rest[i]);
      BOOST_TEST_REQUIRE(rest.size() >= size + 16);
      BOOST_TEST((rest.substr(0, size + 16) == tensorboard::record(rest.substr(12, size))));
      rest.erase(0, size + 16);
    }
    BOOST_TEST(rest.empty());
  }
}

BOOST_AUTO_TEST_CASE(how_the_run_ended_is_recorded_unless_it_goes_on_later) {
  const auto ended = [](const char* reason) {
    Run run;
    Instance plugin(observer, run.host);
    plugin.publish(at(TB_ON_TRAIN_BEGIN, 0));
    plugin.publish(at(TB_ON_TRAIN_END, 0).text(reason));
    return run.names().size() == 2 && run.names()[1] == run.names()[0] + ".end" ? run.newest() : "";
  };
  using tensorboard::SessionStatus;
  BOOST_TEST((ended("completed") == end_file(0, SessionStatus::Success)));
  BOOST_TEST((ended("stopped: early-stopping: x") == end_file(0, SessionStatus::Success)));
  BOOST_TEST((ended("failed: x") == end_file(0, SessionStatus::Failure)));
  BOOST_TEST(ended("interrupted: SIGTERM").empty());
}

BOOST_AUTO_TEST_CASE(a_run_that_goes_on_has_not_ended) {
  {
    Instance plugin(observer, host);
    plugin.publish(begin(0));
    plugin.publish(at(TB_ON_TRAIN_END, 3).text("failed: x"));
  }
  attempt(3, 4);
  BOOST_TEST_REQUIRE(names().size() == 3u);
  BOOST_TEST((host.files.get(names()[1]) == tensorboard::file_version(0, "trainbus")));
}

BOOST_AUTO_TEST_CASE(a_run_that_keeps_no_files_gets_none) {
  host.run_directory("");
  attempt(0, 3);
  BOOST_TEST(host.files.count() == 0u);
}

BOOST_AUTO_TEST_CASE(the_history_is_read_up_to_the_first_damaged_byte) {
  const auto last_loss = [this](std::int64_t initial) -> std::int64_t {
    tensorboard::History history;
    tensorboard::read_history(host.host().files(), initial, history);
    const auto found = history.last.find("train/loss");
    return found == history.last.end() ? -1 : found->second;
  };
  attempt(0, 6);
  const std::string name = names()[0], whole = newest();
  const std::size_t first = head(0, 0).size(), record = loss_record(1, 1).size();
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    host.files.put(name, whole.substr(0, cut));
    const std::int64_t complete =
        cut < first ? 0 : static_cast<std::int64_t>((cut - first) / record);
    BOOST_TEST(last_loss(100) == (complete > 0 ? complete : -1));
    BOOST_TEST(last_loss(3) == (complete > 0 ? std::min<std::int64_t>(complete, 3) : -1));
  }
  std::string damaged = whole;
  damaged[whole.size() - loss_record(6, 6).size() - 5] ^= 1;  // in the record of step 5
  host.files.put(name, damaged);
  BOOST_TEST(last_loss(100) == 4);
  host.files.put(name, std::string(100, '\xff'));
  BOOST_TEST(last_loss(100) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
