#include "core/journal/history.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>

#include "core/journal/codec.hpp"

namespace trainbus::journal {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

void Sequence::add(const Record& record) {
  if (const Attempt* const attempt = std::get_if<Attempt>(&record)) {
    if (attempt->number != attempts_ + 1)
      throw MalformedRecord("it is attempt " + number(attempt->number) + ", expected attempt " +
                            number(attempts_ + 1));
    if (attempt->resumed_step > last_step_)
      throw MalformedRecord("it resumes after step " + number(attempt->resumed_step) +
                            ", but only " + number(last_step_) + " precede it");
    ++attempts_;
    last_step_ = attempt->resumed_step;
    return;
  }
  if (attempts_ == 0) throw MalformedRecord("no attempt precedes it");
  if (const Step* const step = std::get_if<Step>(&record)) {
    if (step->step != last_step_ + 1)
      throw MalformedRecord("it is step " + number(step->step) + ", expected step " +
                            number(last_step_ + 1));
    last_step_ = step->step;
  }
}

std::vector<std::size_t> effective(const std::vector<Record>& records) {
  std::vector<std::size_t> places;
  places.reserve(records.size());
  std::uint64_t last_valid = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = records.size(); i-- > 0;) {
    const bool counts = std::visit(
        [&](const auto& record) {
          using R = std::decay_t<decltype(record)>;
          if constexpr (std::is_same_v<R, Attempt>)
            last_valid = std::min(last_valid, record.resumed_step);
          if constexpr (std::is_same_v<R, Attempt> || std::is_same_v<R, End>)
            return true;
          else
            return record.step <= last_valid;
        },
        records[i]);
    if (counts) places.push_back(i);
  }
  std::reverse(places.begin(), places.end());
  return places;
}

}  // namespace trainbus::journal
