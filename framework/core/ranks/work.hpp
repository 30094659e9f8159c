// Work that the processes of a run share: items that are dealt to them, each of which gives numbers
// that all of them need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/export.hpp"

namespace trainbus::ranks {

// Gets every item's numbers, in the order of the items, on every process.
using Take = std::function<void(std::size_t item, std::span<const float> numbers)>;

// Every process of the run makes the same work at the same point of the run; the functions are
// called on the thread that shares it.
struct Work {
  enum class Kind : std::uint8_t {
    Losses,      // of a zeroth-order step: whoever is lost, others compute its items
    Gradients,   // of a first-order step: each process keeps gradients of its own items, so that
                 // none may be lost
    Evaluation,  // begun by the leader alone
  };
  Kind kind = Kind::Losses;
  std::uint64_t number = 0;  // of the step, counted from 0; of an evaluation: its split
  std::size_t items = 0;
  // Computes an item's numbers, on the process that it was dealt to; `numbers` is empty.
  std::function<void(std::size_t item, std::vector<float>& numbers)> compute;
  // How many numbers each item gives; 0: any.
  std::size_t width = 0;
  // The same of each item by itself; empty: all give `width`.
  std::vector<std::size_t> widths = {};
  std::size_t width_of(std::size_t item) const {
    return item < widths.size() ? widths[item] : width;
  }
  // Gets the numbers as soon as those of all items before are there. May be empty; see
  // Rounds::finish.
  Take take = {};
  // A number that is equal wherever the parameters are; see ParameterCheck. Called before the first
  // item is computed; may be empty.
  std::function<std::uint64_t()> check = {};
  // Asked between items on the leader: whether to give the work up; may be empty.
  std::function<bool()> give_up = {};
};

// What a process does with work: one of a run alone, its leader, or a worker. One thread.
class TRAINBUS_EXPORT Rounds {
 public:
  virtual ~Rounds();
  // Begins a round: computes what this process has of it. A second one may begin before the first
  // is finished.
  virtual void begin(const Work& work) = 0;
  // Waits for all numbers of the oldest round that is not finished, and gives them to the work's
  // take or, if that is empty, to this one. False: the leader gave the round up.
  virtual bool finish(const Take& take = {}) = 0;
};

}  // namespace trainbus::ranks
