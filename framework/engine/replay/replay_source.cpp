#include "engine/replay/replay_source.hpp"

#include <variant>

namespace trainbus {
namespace {

template <class Map>
auto* found(const Map& map, const typename Map::key_type& key) {
  const auto entry = map.find(key);
  return entry == map.end() ? nullptr : &entry->second;
}

}  // namespace

journal::Split journal_split(Split split) {
  return split == Split::Test ? journal::Split::Test : journal::Split::Validation;
}

ReplaySource::ReplaySource(const journal::Contents& journal, std::uint64_t last_step) {
  std::uint32_t attempt = 1;
  const auto counts = [&](const auto& record) { return record.step <= last_step; };
  for (const std::size_t place : journal.effective) {
    const journal::Record& record = journal.records[place];
    if (const auto* begun = std::get_if<journal::Attempt>(&record)) {
      attempt = begun->number;
      attempt_ = attempt + 1;
    } else if (const auto* step = std::get_if<journal::Step>(&record); step && counts(*step)) {
      steps_.push_back(*step);
      attempts_.push_back(attempt);
    } else if (const auto* e = std::get_if<journal::Evaluation>(&record); e && counts(*e)) {
      evaluations_.insert_or_assign({e->step, e->split}, *e);
    } else if (const auto* save = std::get_if<journal::Save>(&record); save && counts(*save)) {
      saves_.insert_or_assign(save->step, *save);
    } else if (const auto* hash = std::get_if<journal::Hash>(&record); hash && counts(*hash)) {
      hashes_.insert_or_assign(hash->step, *hash);
    } else if (const auto* end = std::get_if<journal::End>(&record);
               end && (end->kind == "completed" || end->kind == "stopped")) {
      ends_.insert(end->step);
    }
  }
}

const journal::Step* ReplaySource::step(std::uint64_t step) const {
  return step == 0 || step > steps_.size() ? nullptr : &steps_[step - 1];
}

std::uint32_t ReplaySource::attempt_of(std::uint64_t step) const {
  return step == 0 || step > attempts_.size() ? 1 : attempts_[step - 1];
}

const journal::Evaluation* ReplaySource::evaluation(std::uint64_t step, Split split) const {
  return found(evaluations_, {step, journal_split(split)});
}

const journal::Save* ReplaySource::save(std::uint64_t step) const { return found(saves_, step); }

const journal::Hash* ReplaySource::hash(std::uint64_t step) const { return found(hashes_, step); }

}  // namespace trainbus
