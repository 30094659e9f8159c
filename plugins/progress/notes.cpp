#include "notes.hpp"

#include <algorithm>
#include <trainbus/plugin/nearest.hpp>

#include "number.hpp"

namespace trainbus::progress {

Notes::Notes(std::string_view more) : names_(more) {
  std::string_view rest = names_;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) more_.emplace_back(name);
  }
}

void Notes::begin(const Event& event) {
  for (const std::string_view name : event.metrics())
    shows_running_loss_ = shows_running_loss_ || name == running_loss_.name;
}

std::vector<std::string> Notes::complaints(const Event& begin) const {
  std::vector<std::string_view> declared;
  for (const std::string_view name : begin.metrics()) declared.push_back(name);
  std::vector<std::string> out;
  if (declared.empty()) return out;
  for (const Metric& metric : more_)
    if (std::ranges::find(declared, metric.name) == declared.end())
      out.push_back("there is no " + std::string(metric.name) + " to show in this run." +
                    suggestion(metric.name, declared));
  return out;
}

void Notes::read(const Event& event) {
  running_loss_.read(event);
  shows_running_loss_ = shows_running_loss_ || running_loss_.value;
  if (!shows_running_loss_) loss_.read(event);
  lr_.read(event);
  for (Metric& metric : more_) metric.read(event);
}

void Notes::read_skipped(const Event& event) {
  if (const auto total = event.find(skipped_steps_)) {
    skipped_ = *total;
    counts_skipped_ = false;
  } else if (const auto skipped = event.find(skipped_this_); skipped && counts_skipped_) {
    skipped_ += *skipped > 0;
  } else {
    counts_skipped_ = false;
  }
}

std::vector<std::string> Notes::text() const {
  std::vector<std::string> out;
  if (skipped_ > 0) out.push_back("skipped=" + fixed(skipped_, 0));
  const Metric& loss = shows_running_loss_ ? running_loss_ : loss_;
  if (loss.value) out.push_back("loss=" + fixed(*loss.value, 4));
  if (lr_.value) out.push_back("lr=" + scientific(*lr_.value, 2));
  for (const Metric& metric : more_) {
    if (!metric.value) continue;
    std::string plain;
    append_number(plain, *metric.value);
    out.push_back(std::string(metric.name) + "=" + format_num(*metric.value, plain));
  }
  return out;
}

}  // namespace trainbus::progress
