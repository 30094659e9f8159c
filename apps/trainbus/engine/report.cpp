#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

#include "core/io/log.hpp"
#include "engine/evaluation/verdict.hpp"

namespace trainbus {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

void log_lines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) log::info(line);
}

std::string count_text(std::int64_t count) {
  return count < 1'000'000 ? std::to_string(count)
                           : format("%.1f million", static_cast<double>(count) * 1e-6);
}

std::string duration_text(double seconds) {
  return seconds < 0.1 ? format("%.3g ms", seconds * 1e3) : format("%.3f s", seconds);
}

std::string quoted(const std::string& value) { return value.empty() ? "not set" : value; }

std::string value_text(const std::string& metric, double value) {
  if (metric == "accuracy")
    return std::isfinite(value) ? format("%.1f %%", 100 * value) : "none (scores are not finite)";
  return std::isnan(value) ? "nan" : format("%.4f", value);
}

// What the summary leaves to eval and the sinks, beside the accuracy.
bool is_detail(const Metric& metric) {
  return metric.name == "balanced_accuracy" || metric.name == "macro_f1" ||
         metric.name == "matthews";
}

// One line per metric, the loss last.
void report_test(const TrainResult& result, std::ostream& out) {
  if (!result.test_before || result.test_before->examples == 0) return;
  std::vector<Metric> metrics = result.test_before->metrics;
  std::erase_if(metrics, is_detail);
  std::ranges::stable_partition(metrics, [](const Metric& m) { return m.name != "loss"; });
  std::string count =
      format(" (%lld examples)", static_cast<long long>(result.test_before->examples));
  for (const Metric& metric : metrics) {
    out << format("%-15s ", ("test " + metric.name + ":").c_str())
        << value_text(metric.name, metric.value);
    if (result.test_after)
      out << " before, " << value_text(metric.name, result.test_after->value(metric.name))
          << " after";
    out << std::exchange(count, "") << "\n";
  }
}

}  // namespace

void announce(const RunSpec& spec, const Workload& workload, std::uint64_t steps) {
  log_lines(workload.summary);
  const PluginInstance& optimizer = *spec.optimizer();
  log::info(workload.model->family() + ", " +
            count_text(workload.model->parameters().element_count()) +
            format(" parameters in %zu tensors", workload.model->parameters().size()));
  log::info(format("%llu steps of %s, lr %s (%s), %lld micro-batches of %lld examples a step",
                   static_cast<unsigned long long>(steps), optimizer.name.c_str(),
                   optimizer.options.text("lr").c_str(), spec.run.text("lr-schedule").c_str(),
                   static_cast<long long>(spec.run.integer("micro-batches")),
                   static_cast<long long>(spec.run.integer("batch-size"))));
}

void announce_resume(const Continuation& continuation) {
  const ResumePoint& point = continuation.point;
  for (const OptionChange& change : continuation.changes)
    log::warning(change.option + " was " + quoted(change.before) + ", is now " +
                 quoted(change.after));
  std::string from = point.checkpoint ? "from " + point.checkpoint->filename().string()
                                      : std::string("from the model that the run began with");
  if (continuation.replays) from += ", and the journal's steps replayed";
  log::info("attempt " + std::to_string(continuation.attempt) + " continues after step " +
            std::to_string(point.step) + ", " + from);
  if (point.step < continuation.journal_step)
    log::info("steps " + std::to_string(point.step + 1) + " to " +
              std::to_string(continuation.journal_step) +
              " are trained again: this optimizer resumes from checkpoints");
}

void warn_of_losses(const RunSpec& spec, const Optimizer& optimizer, const Parameters& parameters) {
  if (optimizer.replays()) return;
  const std::string& name = spec.optimizer()->name;
  if (!optimizer.state(parameters))
    log::warning(name +
                 " does not say what it keeps from step to step: checkpoints of this run "
                 "cannot be resumed exactly");
  else if (spec.run.integer("save-every") == 0)
    log::info("a kill would lose all steps of " + name +
              ": give --save-every for checkpoints to resume from");
}

void report_observers(const Bus& bus) {
  const std::vector<ObserverReport> reports = bus.report();
  if (reports.empty()) return;
  log::info("observer          events   mean µs   worst ms  strikes  state");
  for (const ObserverReport& r : reports) {
    const double mean_us =
        r.events ? static_cast<double>(r.total_ns) * 1e-3 / static_cast<double>(r.events) : 0;
    std::string line =
        format("%-15s %8llu %9.2f %10.3f %8llu  ", r.name.c_str(),
               static_cast<unsigned long long>(r.events), mean_us,
               static_cast<double>(r.worst_ns) * 1e-6, static_cast<unsigned long long>(r.failures));
    line += r.delivery;
    if (r.quarantined)
      line += std::string(r.abandoned ? ", abandoned" : ", quarantined") + " after step " +
              std::to_string(r.last_delivered_step);
    log::info(line);
  }
}

void report_result(const TrainResult& result, const std::filesystem::path& folder,
                   std::ostream& out) {
  out << "end:            " << result.reason << "\n";
  out << format("steps:          %llu in %.1f s", static_cast<unsigned long long>(result.steps),
                result.seconds);
  if (result.steps > 0)
    out << " (" << duration_text(result.seconds / static_cast<double>(result.steps)) << " a step, "
        << result.forwards << " forwards)";
  out << "\n";
  if (result.skipped > 0)
    out << "skipped:        " << result.skipped << " steps with non-finite numbers\n";
  report_test(result, out);
  out << "run folder:     " << folder.string() << "\n";
  for (const std::string& sentence : verdict(result)) out << "warning:        " << sentence << "\n";
}

}  // namespace trainbus
