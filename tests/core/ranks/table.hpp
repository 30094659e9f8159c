// A leader at a table with workers that are the test's.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/ranks/leader.hpp"
#include "core/ranks/scripted_links.hpp"

namespace trainbus::testing {

// A leader whose items give {item, step}; the answers of its workers are the test's.
struct Table {
  explicit Table(ranks::LeaderRules rules = {}) : leader(links, rules, hooks()) {}
  ranks::LeaderHooks hooks() {
    ranks::LeaderHooks all;
    all.records = [this](std::uint64_t from, std::uint64_t to) {
      asked.emplace_back(from, to);
      return std::string();
    };
    all.tell = [this](const std::string& what, bool severe) {
      told.push_back(what);
      severe_count += severe;
    };
    return all;
  }
  void gather(std::size_t workers, std::uint64_t done = 0) {
    leader.gather(workers, done, links.time + std::chrono::seconds(1), {});
  }
  ranks::Work work(std::uint64_t step, std::size_t items = 4) {
    ranks::Work work;
    work.number = step;
    work.items = items;
    work.width = 1;
    work.check = [] { return std::uint64_t{7}; };
    work.compute = [this](std::size_t item, std::vector<float>& numbers) {
      computed.push_back(item);
      numbers = {static_cast<float>(item)};
    };
    work.take = [this](std::size_t item, std::span<const float>) { taken.push_back(item); };
    return work;
  }
  void answer(ranks::WorkerId worker, std::uint64_t round, std::vector<std::uint32_t> items,
              std::uint64_t check = 7) {
    ranks::Answer answer{round, check, items, {}};
    for (const std::uint32_t item : items) {
      answer.numbers.counts.push_back(1);
      answer.numbers.values.push_back(static_cast<float>(item));
    }
    links.say(worker, answer);
  }
  // A round of four items with one worker, which answers its two.
  void play(std::uint64_t step) {
    leader.begin(work(step));
    answer(1, step, {1, 3});
    leader.finish();
  }
  bool was_told(const std::string& part) const {
    return std::ranges::any_of(
        told, [&](const std::string& what) { return what.find(part) != what.npos; });
  }

  ScriptedLeaderLinks links;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;  // for records
  std::vector<std::string> told;
  int severe_count = 0;
  std::vector<std::size_t> computed, taken;
  ranks::Leader leader;
};

template <class M>
std::vector<M> of_kind(const std::vector<ranks::Message>& messages) {
  std::vector<M> found;
  for (const ranks::Message& message : messages)
    if (const auto* one = std::get_if<M>(&message)) found.push_back(*one);
  return found;
}

}  // namespace trainbus::testing
