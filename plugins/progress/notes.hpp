// The text after the rate: "skipped=2" if steps were skipped, "loss=2.3456", "lr=1.00e-04", and the
// metrics that the user added.
#pragma once

#include <string>
#include <string_view>
#include <trainbus/plugin.hpp>
#include <vector>

namespace trainbus::progress {

class Notes {
 public:
  // more: names of further metrics, separated by commas.
  explicit Notes(std::string_view more);

  // A run that declares ema/loss shows that as its loss from the start.
  void begin(const Event& event);
  // A sentence for each metric that the user added and the run does not declare.
  std::vector<std::string> complaints(const Event& begin) const;
  void read(const Event& event);
  // Reads from an on_step how many steps were skipped so far.
  void read_skipped(const Event& event);
  // Whether read_skipped must see every step, as long as none has told how many were skipped
  // before.
  bool counts_skipped() const { return counts_skipped_; }
  // The first is the most important one.
  std::vector<std::string> text() const;

 private:
  struct Metric {
    std::string_view name;
    MetricRef metric;
    std::optional<double> value;
    explicit Metric(std::string_view full_name) : name(full_name), metric(full_name) {}
    void read(const Event& event) {
      if (const auto found = event.find(metric)) value = found;
    }
  };

  std::string names_;  // the characters behind the names of more_
  Metric running_loss_{"ema/loss"}, loss_{"loss"}, lr_{"lr"};
  bool shows_running_loss_ = false;
  std::vector<Metric> more_;
  MetricRef skipped_steps_{"skipped_steps"}, skipped_this_{"skipped"};
  double skipped_ = 0;
  bool counts_skipped_ = true;
};

}  // namespace trainbus::progress
