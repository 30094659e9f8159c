// Runs of the csv observer over an in-memory run directory that outlives the instance.
#pragma once

#include <trainbus/plugin_testing.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct CsvFixture {
  using EventBuilder = trainbus::testing::EventBuilder;

  trainbus::testing::FakeHost host{*trainbus_module_v1.observers[0]};
  std::unique_ptr<trainbus::testing::Instance> csv;
  std::uint32_t attempt = 0;

  // A new process: attempt + 1, going on after `step`.
  bool start(const std::vector<std::string>& metrics, std::uint64_t step = 0) {
    csv.reset();
    csv = std::make_unique<trainbus::testing::Instance>(*trainbus_module_v1.observers[0], host);
    ++attempt;
    return csv->publish(event(TB_ON_TRAIN_BEGIN, step)
                            .metrics(metrics)
                            .set("initial_step", static_cast<double>(step)));
  }
  EventBuilder event(std::uint32_t kind, std::uint64_t step) const {
    return EventBuilder(kind).step(step).attempt(attempt).unix_ns(
        1'700'000'000'250'000'000 + static_cast<std::int64_t>(step) * 1'000'000'000);
  }
  bool step(std::uint64_t number, double loss) {
    return csv->publish(event(TB_ON_STEP, number).set("loss", loss));
  }
  std::string table() const { return host.files.get("metrics.csv"); }
};

// The records of a table, for comparing widths; quotes do not occur in rows.
inline std::vector<std::size_t> commas_per_line(const std::string& table) {
  std::vector<std::size_t> counts(1, 0);
  for (const char c : table) {
    if (c == ',') ++counts.back();
    if (c == '\n') counts.push_back(0);
  }
  counts.pop_back();
  return counts;
}
