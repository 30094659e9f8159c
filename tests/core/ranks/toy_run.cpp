#include "core/ranks/toy_run.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

#include "core/journal/codec.hpp"

namespace trainbus::testing {
namespace {

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}
float uniform(std::uint64_t key) { return std::ldexp(static_cast<float>(mix(key) >> 40), -23) - 1; }
// ±1 of an element.
float z(std::uint64_t step, std::size_t direction, std::size_t element) {
  return mix(step << 32 ^ direction << 8 ^ element) & 1 ? 1.f : -1.f;
}

// Boost.Test counts for one thread only.
void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

constexpr std::size_t parameters = 12;
constexpr float epsilon = 0.01f;

}  // namespace

Toy::Toy() {
  for (std::size_t i = 0; i < parameters; ++i) theta.push_back(uniform(77 + i));
}

std::vector<float> Toy::losses(std::uint64_t step, std::size_t direction) const {
  std::vector<float> both;
  for (const float sign : {1.f, -1.f}) {
    float loss = 0;
    for (std::size_t i = 0; i < parameters; ++i) {
      const float weight = theta[i] + sign * epsilon * z(step, direction, i);
      const float error = weight - uniform(i) + 0.1f * uniform(step * 131 + i);
      loss += error * error * (1 + static_cast<float>(i % 3));
    }
    both.push_back(loss);
  }
  return both;
}

void Toy::update(std::uint64_t step, std::span<const float> losses) {
  const auto directions = losses.size() / 2;
  for (std::size_t d = 0; d < directions; ++d) {
    const float g = (losses[2 * d] - losses[2 * d + 1]) / (2 * epsilon);
    const float rate = 0.02f / static_cast<float>(directions);
    for (std::size_t i = 0; i < parameters; ++i) theta[i] -= rate * g * z(step, d, i);
  }
}

std::vector<float> Toy::scores(std::size_t example) const {
  std::vector<float> scores;
  for (std::size_t i = 0; i < example % 3; ++i) scores.push_back(theta[example + i] * 3);
  return scores;
}

std::uint64_t Toy::hash() const {
  std::uint64_t hash = 0;
  for (const float value : theta) hash = mix(hash ^ std::bit_cast<std::uint32_t>(value));
  return hash;
}

void LoneRounds::begin(const ranks::Work& work) {
  Round round{work, {}};
  for (std::size_t item = 0; item < work.items; ++item)
    work.compute(item, round.numbers.emplace_back());
  rounds_.push_back(std::move(round));
}

bool LoneRounds::finish(const ranks::Take& take) {
  const Round& round = rounds_.front();
  const ranks::Take& taker = round.work.take ? round.work.take : take;
  for (std::size_t item = 0; item < round.work.items; ++item) taker(item, round.numbers[item]);
  rounds_.erase(rounds_.begin());
  return true;
}

void ToyRun::begin(std::uint64_t step, std::uint32_t round) {
  ranks::Work work;
  work.number = step;
  work.items = plan_.items;
  work.width = 2;
  work.check = [this] { return toy.hash(); };
  work.compute = [this, step, round](std::size_t item, std::vector<float>& numbers) {
    if (live_) live_();
    numbers = toy.losses(step, round * plan_.items + item);
  };
  rounds_.begin(work);
}

void ToyRun::finish(std::vector<float>& all) {
  std::size_t next = 0;
  const bool is_whole = rounds_.finish([&](std::size_t item, std::span<const float> numbers) {
    require(item == next++, "numbers come out of order");
    all.insert(all.end(), numbers.begin(), numbers.end());
  });
  require(is_whole, "a step was given up");
  require(next == plan_.items, "numbers are missing");
}

void ToyRun::train(const std::function<void(const std::vector<float>&)>& before_update,
                   const std::function<void()>& after_update) {
  begin_ahead(done);
  while (done < plan_.steps) {
    std::vector<float> all;
    for (std::uint32_t round = 0; round < plan_.rounds; ++round) {
      if (plan_.overlap == 0) begin(done, round);
      begin_ahead(done + 1);
      finish(all);
    }
    losses.push_back(all);
    if (before_update) before_update(all);
    toy.update(done++, all);
    if (after_update) after_update();
  }
}

void ToyRun::begin_ahead(std::uint64_t step) {
  if (plan_.overlap == 0 || step < begun_ || step >= plan_.steps) return;
  begun_ = step + 1;
  begin(step, 0);
}

void ToyRun::replay(std::span<const journal::Step> steps) {
  for (const journal::Step& step : steps) {
    require(step.step == done + 1, "records come out of order");
    if (&step == &steps.back()) begin_ahead(done + 1);
    toy.update(done++, step.losses);
  }
}

ranks::Work ToyRun::evaluation(std::vector<std::vector<float>>& scores) const {
  ranks::Work work;
  work.kind = ranks::Work::Kind::Evaluation;
  work.number = 1;
  work.items = toy_examples;
  work.check = [this] { return toy.hash(); };
  work.compute = [this](std::size_t item, std::vector<float>& numbers) {
    if (live_) live_();
    numbers = toy.scores(item);
  };
  work.take = [&scores](std::size_t item, std::span<const float> numbers) {
    require(item == scores.size(), "scores come out of order");
    scores.emplace_back(numbers.begin(), numbers.end());
  };
  return work;
}

journal::Step toy_record(std::uint64_t step, const std::vector<float>& losses) {
  journal::Step record;
  record.step = step;
  record.tokens = {1};
  record.losses = losses;
  record.coefficients.resize(losses.size() / 2);
  return record;
}

std::string frame_of(const journal::Step& step) {
  std::string frame;
  journal::encode(step, frame);
  return frame;
}

}  // namespace trainbus::testing
