// csv: metrics.csv in the run directory, one row per training step and one per evaluation. Numbers
// that are not finite are nan, inf or -inf; a field without a value is empty; lines end with LF.
//
// An evaluation has a row of its own, with the number of its step and only its metrics filled.
// If the step's row waited for the evaluation, a kill would lose it; adding to the row later would
// not be an append. To read one row a step, or the rows that have a metric:
//
//     pandas   rows = pandas.read_csv("metrics.csv");  rows.groupby("step").last()
//              rows.dropna(subset="eval/loss")
//     R        rows <- read.csv("metrics.csv", check.names = FALSE)
//              rows[!is.na(rows[["eval/loss"]]), ]
#include <trainbus/plugin.hpp>

#include "table.hpp"

namespace {

constexpr double seconds_between_syncs = 30;

struct Csv : trainbus::Observer {
  static constexpr trainbus::Option options[] = {
      trainbus::option::path("path", "metrics.csv", "file to write, relative to the run directory"),
  };

  explicit Csv(const trainbus::Host& host)
      : table_(host, host.option("path")), outage_(host, host.option("path"), "row") {}

  void on_train_begin(const trainbus::Event& event) override { table_.begin(event); }

  void on_step(const trainbus::Event& event) override {
    outage_.attempt(event, [&] { table_.write(event); });
    if (outage_.lost() == 0) table_.sync_every(seconds_between_syncs, event);
  }

  void on_evaluate(const trainbus::Event& event) override {
    outage_.attempt(event, [&] { table_.write(event); });
  }

  void on_save(const trainbus::Event&) override { table_.sync(); }

  void on_train_end(const trainbus::Event&) override {
    outage_.finish();
    table_.finish();
  }

 private:
  Table table_;
  trainbus::Outage outage_;
};

}  // namespace

TRAINBUS_OBSERVER(Csv, "csv", "1.0.0", "table of all metrics, one row per step");
