// Which records of a journal count. Private to the journal's reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/journal/records.hpp"

namespace trainbus::journal {

// Checks the order of records: attempts count up from 1, and steps from where an attempt resumed.
class Sequence {
 public:
  // Throws MalformedRecord if record cannot come next.
  void add(const Record& record);
  std::uint64_t last_step() const { return last_step_; }

 private:
  std::uint64_t last_step_ = 0;  // 0: none
  std::uint32_t attempts_ = 0;
};

// The indices of all records but those of steps that a later attempt made void.
std::vector<std::size_t> effective(const std::vector<Record>& records);

}  // namespace trainbus::journal
