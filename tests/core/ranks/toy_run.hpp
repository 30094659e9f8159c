// A toy that MeZO trains, and the loop that every process of its run goes through.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/journal/records.hpp"
#include "core/ranks/work.hpp"

namespace trainbus::testing {

struct ToyPlan {
  std::size_t items = 4;  // directions of a round
  std::uint64_t steps = 30;
  std::uint64_t overlap = 0;
  std::uint32_t rounds = 1;          // of a step; 1 with overlap
  std::uint64_t evaluate_every = 0;  // steps; 0: never
};

// A few parameters; every result is a function of them and of the arguments. float32, so that
// another order of sums is seen.
struct Toy {
  std::vector<float> theta;
  Toy();
  // The losses at θ ± εz of a direction.
  std::vector<float> losses(std::uint64_t step, std::size_t direction) const;
  // θ after a step with all its losses, two a direction.
  void update(std::uint64_t step, std::span<const float> losses);
  // Some numbers about an example, not always as many.
  std::vector<float> scores(std::size_t example) const;
  std::uint64_t hash() const;
};
constexpr std::size_t toy_examples = 7;

// A run alone: the reference. Everything is computed when a round begins.
class LoneRounds final : public ranks::Rounds {
 public:
  void begin(const ranks::Work& work) override;
  bool finish(const ranks::Take& take) override;

 private:
  struct Round {
    ranks::Work work;
    std::vector<std::vector<float>> numbers;
  };
  std::vector<Round> rounds_;
};

// What every process does, whatever its part.
class ToyRun {
 public:
  // live: called once for each item that is computed.
  ToyRun(ToyPlan plan, ranks::Rounds& rounds, std::function<void()> live = {})
      : plan_(plan), rounds_(rounds), live_(std::move(live)) {}

  Toy toy;
  std::uint64_t done = 0;
  std::vector<std::vector<float>> losses;  // of each step that was taken here

  // Takes the steps that are left; each calls before_update (with the losses) and after_update.
  void train(const std::function<void(const std::vector<float>&)>& before_update = {},
             const std::function<void()>& after_update = {});
  // Takes the steps of the journal, and begins what was begun then.
  void replay(std::span<const journal::Step> steps);
  // An evaluation at θ; its numbers, in order, go to `scores`.
  ranks::Work evaluation(std::vector<std::vector<float>>& scores) const;

 private:
  void begin(std::uint64_t step, std::uint32_t round);
  void begin_ahead(std::uint64_t step);
  void finish(std::vector<float>& all);
  ToyPlan plan_;
  ranks::Rounds& rounds_;
  std::function<void()> live_;
  std::uint64_t begun_ = 0;  // the first step that was not begun ahead
};

// A step for the journal, and its frame.
journal::Step toy_record(std::uint64_t step, const std::vector<float>& losses);
std::string frame_of(const journal::Step& step);

}  // namespace trainbus::testing
