// Writes run directories as runs leave them, each with the expected content, which read_back.py
// compares by TensorBoard's own loaders.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <trainbus/plugin_testing.hpp>
#include <vector>

namespace fs = std::filesystem;
namespace json = boost::json;
using trainbus::Phase;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& observer = *trainbus_module_v1.observers[0];
const fs::path root = fs::path(TRAINBUS_BINARY_DIR) / "tests" / "tensorboard_runs";

struct Run {
  std::string name;
  double lr;
  FakeHost host{observer};
  std::unique_ptr<Instance> plugin;
  std::uint32_t attempts = 0;
  std::int64_t begin_s = 0;
  json::object scalars, histograms;  // tag: [[step, value], …]; tag: [step, …]

  EventBuilder event(std::uint32_t kind, std::uint64_t step) const {
    const auto seconds = begin_s + static_cast<std::int64_t>(step);
    return EventBuilder(kind).step(step).attempt(attempts).unix_ns(seconds * 1'000'000'000);
  }

  // A new process, after `step`; the attempt before was killed.
  void begin(std::uint64_t step, std::int64_t unix_s) {
    plugin = std::make_unique<Instance>(observer, host);
    ++attempts;
    begin_s = unix_s - static_cast<std::int64_t>(step);
    const json::object run = {
        {"options",
         {{"seed", {{"value", 7}, {"source", "default"}}},
          {"bias", {{"value", true}, {"source", "default"}}}}},
        {"plugins",
         {{{"name", "mezo"},
           {"role", "optimizer"},
           {"options", {{"lr", {{"value", lr}, {"source", "run.ini:3"}}}}}}}}};
    BOOST_TEST(plugin->publish(event(TB_ON_TRAIN_BEGIN, step)
                                   .text(json::serialize(run))
                                   .set("initial_step", static_cast<double>(step))));
  }

  // The value says which attempt made it; `lasts`: whether it has to be seen in the end.
  void step(std::uint64_t step, bool lasts = true, Phase phase = Phase::Train) {
    const double loss = attempts + static_cast<double>(step) / 64;
    BOOST_TEST(plugin->publish(
        event(TB_ON_STEP, step).phase(phase).set("loss", loss).set("lr", lr).set("ema/loss", 1)));
    if (!lasts) return;
    expect("train/loss", step, loss);
    expect("train/lr", step, static_cast<float>(lr));
    expect("ema/loss", step, 1);
  }
  void evaluate(std::uint64_t step, bool lasts = true) {
    const double accuracy = attempts / 8.0;
    BOOST_TEST(plugin->publish(event(TB_ON_EVALUATE, step).set("eval/accuracy", accuracy)));
    if (lasts) expect("eval/accuracy", step, accuracy);
  }
  void histogram(std::uint64_t step, bool lasts = true) {
    const double limits[] = {0, 1, 2}, counts[] = {1, 0, 3};
    const tb_histogram buckets{.size = sizeof(tb_histogram),
                               .count = 4,
                               .min = -1,
                               .max = 2,
                               .sum = 4,
                               .sum_squares = 10,
                               .limits = limits,
                               .counts = counts,
                               .bucket_count = 3};
    host.histogram(buckets);
    BOOST_TEST(plugin->publish(event(TB_ON_HISTOGRAM, step).text("layers.0.w")));
    if (lasts) histograms["tensors/layers.0.w"].emplace_array().push_back(step);
  }
  void end(std::uint64_t step, const char* how) {
    BOOST_TEST(plugin->publish(event(TB_ON_TRAIN_END, step).text(how)));
  }

  void expect(const std::string& tag, std::uint64_t step, json::value value) {
    if (!scalars.contains(tag)) scalars[tag].emplace_array();
    scalars[tag].as_array().push_back(json::array{step, std::move(value)});
  }

  // A power cut takes the end of what was written last.
  void tear(std::size_t bytes) {
    std::string newest;
    host.files.each_in("", [&](tb_text file) { newest.assign(file.data, file.size); });
    const std::string whole = host.files.get(newest);
    host.files.put(newest, whole.substr(0, whole.size() - bytes));
  }

  json::object save() {
    fs::create_directories(root / name);
    host.files.each_in("", [&](tb_text file) {
      std::ofstream(root / name / file.data, std::ios::binary) << host.files.get(file.data);
    });
    return {{"scalars", scalars},
            {"histograms", histograms},
            {"hparams", {{"seed", 7}, {"bias", true}, {"mezo.lr", lr}}},
            {"status", "STATUS_SUCCESS"}};
  }
};

json::object plain_run() {
  Run run{.name = "plain", .lr = 1e-3};
  run.begin(0, 1'700'000'000);
  run.evaluate(0);
  for (std::uint64_t s = 1; s <= 4; ++s) run.step(s);
  run.histogram(4);
  run.evaluate(4);
  constexpr double inf = std::numeric_limits<double>::infinity();
  const double odd[] = {inf - inf, inf, -inf};
  for (std::uint64_t i = 0; i < 3; ++i)
    run.plugin->publish(run.event(TB_ON_STEP, 5 + i).set("loss", odd[i]));
  run.expect("train/loss", 5, "nan");
  run.expect("train/loss", 6, "inf");
  run.expect("train/loss", 7, "-inf");
  run.end(7, "completed");
  return run.save();
}

// Killed in the middle of a write, twice, resumed from one checkpoint twice within a second of a
// clock that was set back, failed, and resumed again with events that are published again.
json::object restarted_run() {
  Run run{.name = "restarted", .lr = 2e-3};
  run.begin(0, 1'700'000'000);
  run.evaluate(0);
  for (std::uint64_t s = 1; s <= 10; ++s) {
    run.step(s, s <= 6);
    if (s % 5 == 0) run.evaluate(s, s <= 6);
    if (s % 5 == 0) run.histogram(s, s <= 6);
  }
  run.tear(7);

  run.begin(6, 1'699'990'000);
  run.step(7, false);
  run.step(8, false);
  run.tear(20);

  run.begin(6, 1'699'990'000);
  for (std::uint64_t s = 7; s <= 9; ++s) run.step(s);
  run.end(9, "failed: cannot write");

  run.begin(9, 1'699'990'001);
  run.step(8, false, Phase::CatchUp);
  run.step(9, false, Phase::CatchUp);
  for (std::uint64_t s = 10; s <= 12; ++s) run.step(s);
  run.evaluate(10);
  run.end(12, "completed");
  return run.save();
}

}  // namespace

BOOST_AUTO_TEST_CASE(runs_are_written_for_the_loaders_to_open) {
  fs::remove_all(root);
  json::object expected;
  expected["plain"] = plain_run();
  expected["restarted"] = restarted_run();
  std::ofstream(root / "expected.json") << json::serialize(expected);
  BOOST_TEST(fs::exists(root / "expected.json"));
}
