#include "engine/communicator.hpp"

#include <utility>

#include "core/ranks/leader.hpp"

namespace trainbus {

void OneProcess::begin(const ranks::Work& work) {
  std::vector<std::vector<float>> numbers(work.take ? 0 : work.items);
  std::vector<float> one;
  for (std::size_t item = 0; item < work.items; ++item) {
    if (item > 0 && work.give_up && work.give_up()) throw ranks::StepAbandoned{"interrupted"};
    one.clear();
    work.compute(item, one);
    if (work.take)
      work.take(item, one);
    else
      numbers[item] = std::move(one);
  }
  rounds_.push_back(std::move(numbers));
}

bool OneProcess::finish(const ranks::Take& take) {
  const std::vector<std::vector<float>> numbers = std::move(rounds_.front());
  rounds_.pop_front();
  for (std::size_t item = 0; item < numbers.size(); ++item)
    if (take) take(item, numbers[item]);
  return true;
}

bool OneProcess::evaluate(const ranks::Work& work) {
  std::vector<float> one;
  for (std::size_t item = 0; item < work.items; ++item) {
    if (work.give_up && work.give_up()) return false;
    one.clear();
    work.compute(item, one);
    work.take(item, one);
  }
  return true;
}

}  // namespace trainbus
