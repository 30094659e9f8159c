// jsonl: metrics.jsonl in the run directory, one JSON object per event. It is the full history:
// nothing is ever deleted. When a run is resumed, a line of type "resume" has the step that it
// continues after; earlier lines of later steps no longer count. The lines that count, with pandas
// ("NaN", "Infinity" and "-Infinity" become numbers):
//
//     lines = pandas.read_json("metrics.jsonl", lines=True, precise_float=True)
//     for r in lines[lines.type == "resume"].itertuples():
//         lines = lines[(lines.attempt >= r.attempt) | (lines.step <= r.step)]
//     steps = lines[lines.type == "step"].set_index("step")
#include <trainbus/plugin.hpp>
#include <trainbus/plugin/nearest.hpp>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "record.hpp"

namespace {

constexpr double seconds_between_syncs = 30;
constexpr const char* known_types =
    "train_begin,epoch_begin,epoch_end,step_begin,forward,backward,optimizer_step,step,eval_begin,"
    "prediction_step,evaluate,histogram,save,exception,train_end";

std::set<std::string, std::less<>> split(std::string_view list) {
  std::set<std::string, std::less<>> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = list.find(',', begin);
    if (const auto part = list.substr(begin, end - begin); !part.empty()) parts.emplace(part);
    if (end == list.npos) return parts;
    begin = end + 1;
  }
}

struct Jsonl : trainbus::Observer {
  static constexpr trainbus::Option options[] = {
      trainbus::option::path("path", "metrics.jsonl",
                             "file to write, relative to the run directory"),
      trainbus::option::text("events",
                             "train_begin,step,evaluate,histogram,save,exception,train_end",
                             "what to record: names of events without on_, by commas, or all"),
  };

  explicit Jsonl(const trainbus::Host& host)
      : host_(host),
        all_(host.option("events") == "all"),
        types_(split(host.option("events"))),
        file_(host, host.option("path"), signature),
        found_(end_of(file_)),
        outage_(host, host.option("path"), "line") {
    if (all_) return;
    if (types_.empty())
      throw std::runtime_error(
          "option events is empty, so it records nothing. Name events, or all");
    const auto known = split(known_types);
    for (const std::string& type : types_)
      if (!known.contains(type))
        throw std::runtime_error("option events names \"" + type + "\", which is no event." +
                                 trainbus::suggestion(type, known) + " Known: " + known_types);
  }

  void on_event(const trainbus::Event& event) override {
    if (event.kind() == TB_ON_TRAIN_BEGIN && event.attempt() > 1) mark_resume(event);
    const auto write = [&] {
      if (is_wanted(event) && !is_in_file(event)) file_.write(line_of(event));
    };
    if (event.kind() == TB_ON_TRAIN_END)
      outage_.attempt_last(event, write);
    else if (is_wanted(event))
      outage_.attempt(event, write);
    keep_safe(event);
  }

 private:
  bool is_wanted(const trainbus::Event& event) const {
    return all_ || types_.contains(type_of(event.name()));
  }

  std::string line_of(const trainbus::Event& event) const {
    if (event.kind() != TB_ON_HISTOGRAM) return record_of(event);
    return record_of(event, host_.histogram(event));
  }

  void mark_resume(const trainbus::Event& event) {
    const double step = event.find("initial_step").value_or(static_cast<double>(event.step()));
    outage_.attempt(event,
                    [&] { file_.write(resume_record(event, static_cast<std::uint64_t>(step))); });
  }

  // Whether a replayed event was already written by an earlier attempt.
  bool is_in_file(const trainbus::Event& event) {
    if (event.phase() != trainbus::Phase::CatchUp || event.step() > found_.step) return false;
    if (event.step() < found_.step) return true;
    const auto same = found_.count.find(type_of(event.name()));
    if (same == found_.count.end() || same->second == 0) return false;
    --same->second;
    return true;
  }

  void keep_safe(const trainbus::Event& event) {
    if (event.kind() == TB_ON_SAVE || event.kind() == TB_ON_TRAIN_END)
      file_.sync();
    else if (outage_.lost() == 0)
      file_.sync_every(seconds_between_syncs, event);
  }

  trainbus::Host host_;
  bool all_;
  std::set<std::string, std::less<>> types_;
  trainbus::LineFile file_;
  FileEnd found_;
  trainbus::Outage outage_;
};

}  // namespace

TRAINBUS_OBSERVER(Jsonl, "jsonl", "1.0.0", "one JSON object per event");
