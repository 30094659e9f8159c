// The processes that train one model together, as the loop sees them.
#pragma once

#include <span>

#include "core/export.hpp"

namespace trainbus {

// What to do after a step. All processes of a run do the same.
struct Decision {
  bool interrupt = false;  // end in order, to be resumed
  bool evaluate = false, save = false;
  bool stop = false;  // end in order, for good
  bool any() const { return interrupt || evaluate || save || stop; }
};

// Every process makes the same calls in the same order. Failures are thrown as RunError.
class TRAINBUS_EXPORT Communicator {
 public:
  virtual ~Communicator();

  // This process's number, from 0, and how many there are.
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // Replaces each number by the sum of all processes' numbers, added in the order of their ranks,
  // so that every process gets the same bits.
  virtual void sum_in_rank_order(std::span<double> numbers) = 0;
  // Returns what any of the processes wants to do.
  virtual Decision agree(Decision own) = 0;
};

// The communicator of a run of one process: it returns its own sums and decisions.
TRAINBUS_EXPORT Communicator& one_process();

}  // namespace trainbus
