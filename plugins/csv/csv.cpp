// csv: metrics.csv in the run directory, one row per training step and one per evaluation.
//
// An evaluation has a row of its own, with the number of its step and only its metrics filled.
// Waiting for it before the step's row is written would lose that row to a kill; writing into the
// row later is not an append. One row per step: pandas.read_csv(path).groupby("step").last().
#include <trainbus/plugin.hpp>

#include "table.hpp"

namespace {

constexpr double seconds_between_syncs = 30;

struct Csv : trainbus::Observer {
  static constexpr trainbus::Option options[] = {
      {"path", "path", "metrics.csv", "file to write, relative to the run directory"},
      {.name = "every",
       .type = "int",
       .fallback = "1",
       .help = "steps from one row to the next; evaluations always have theirs",
       .min = 1,
       .max = 1e9},
  };

  explicit Csv(const trainbus::Host& host)
      : every_(host.number<std::uint64_t>("every")),
        table_(host, host.option("path")),
        outage_(host, host.option("path")) {}

  void on_train_begin(const trainbus::Event& event) override { table_.begin(event); }

  void on_step(const trainbus::Event& event) override {
    if (event.step() % every_ != 0) return;
    outage_.attempt([&] { table_.write(event); });
    if (outage_.lost() == 0) table_.sync_every(seconds_between_syncs, event);
  }

  void on_evaluate(const trainbus::Event& event) override {
    outage_.attempt([&] { table_.write(event); });
  }

  void on_save(const trainbus::Event&) override { table_.sync(); }

  void on_train_end(const trainbus::Event&) override {
    outage_.finish();
    table_.sync();
  }

 private:
  std::uint64_t every_;
  Table table_;
  trainbus::Outage outage_;
};

}  // namespace

TRAINBUS_OBSERVER(Csv, "csv", "1.0.0", "table of all metrics, one row per step");
