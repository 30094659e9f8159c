// jsonl: metrics.jsonl in the run directory, one JSON object per event. The full history: nothing
// that was written is ever deleted, so of a step that was done again the highest attempt counts.
#include <trainbus/plugin.hpp>

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
    "prediction_step,evaluate,save,exception,train_end";

std::set<std::string, std::less<>> split(std::string_view list) {
  std::set<std::string, std::less<>> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = list.find(',', begin);
    if (const auto part = list.substr(begin, end - begin); !part.empty()) parts.emplace(part);
    if (end == list.npos) return parts;
    begin = end + 1;
  }
}

bool is_part_of_a_step(std::uint32_t kind) {
  return kind >= TB_ON_STEP_BEGIN && kind <= TB_ON_STEP;
}

struct Jsonl : trainbus::Observer {
  static constexpr trainbus::Option options[] = {
      {"path", "path", "metrics.jsonl", "file to write, relative to the run directory"},
      {"events", "text", "train_begin,step,evaluate,save,exception,train_end",
       "what to record: names of events without on_, by commas, or all"},
      {.name = "every",
       .type = "int",
       .fallback = "1",
       .help = "steps from one recorded step to the next",
       .min = 1,
       .max = 1e9},
  };

  explicit Jsonl(const trainbus::Host& host)
      : all_(host.option("events") == "all"),
        types_(split(host.option("events"))),
        every_(host.number<std::uint64_t>("every")),
        file_(host, host.option("path"), signature),
        found_(end_of(file_)),
        outage_(host, host.option("path")) {
    if (all_) return;
    const auto known = split(known_types);
    for (const std::string& type : types_)
      if (!known.contains(type))
        throw std::runtime_error("option events names \"" + type +
                                 "\", which is no event. Known: " + known_types);
  }

  void on_event(const trainbus::Event& event) override {
    if (event.kind() == TB_ON_TRAIN_BEGIN && event.attempt() > 1) mark_resume(event);
    if (is_wanted(event) && !is_in_file(event))
      outage_.attempt([&] { file_.write(record_of(event)); });
    keep_safe(event);
  }

 private:
  bool is_wanted(const trainbus::Event& event) const {
    if (is_part_of_a_step(event.kind()) && event.step() % every_ != 0) return false;
    return all_ || types_.contains(type_of(event.name()));
  }

  void mark_resume(const trainbus::Event& event) {
    const double step = event.find("initial_step").value_or(static_cast<double>(event.step()));
    outage_.attempt([&] { file_.write(resume_record(event, static_cast<std::uint64_t>(step))); });
  }

  // Whether an event that is published again was written by the attempt that died.
  bool is_in_file(const trainbus::Event& event) {
    if (event.phase() != trainbus::Phase::CatchUp || event.step() > found_.step) return false;
    if (event.step() < found_.step) return true;
    const auto same = found_.count.find(type_of(event.name()));
    if (same == found_.count.end() || same->second == 0) return false;
    --same->second;
    return true;
  }

  void keep_safe(const trainbus::Event& event) {
    if (event.kind() == TB_ON_TRAIN_END) outage_.finish();
    if (event.kind() == TB_ON_SAVE || event.kind() == TB_ON_TRAIN_END)
      file_.sync();
    else if (outage_.lost() == 0)
      file_.sync_every(seconds_between_syncs, event);
  }

  bool all_;
  std::set<std::string, std::less<>> types_;
  std::uint64_t every_;
  trainbus::LineFile file_;
  FileEnd found_;
  trainbus::Outage outage_;
};

}  // namespace

TRAINBUS_OBSERVER(Jsonl, "jsonl", "1.0.0", "one JSON object per event");
