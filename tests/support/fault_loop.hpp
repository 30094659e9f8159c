// Every system call that an action makes fails once, in every way.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <ostream>

#include "core/io/error.hpp"
#include "support/faulty_file_system.hpp"

namespace trainbus::testing {

inline std::ostream& operator<<(std::ostream& out, Fault fault) {
  return out << "fault " << static_cast<int>(fault);
}

inline const Fault faults[] = {Fault::Interrupted, Fault::ShortTransfer, Fault::NoSpace,
                               Fault::DiskFull, Fault::IoError};
inline bool is_harmless(Fault fault) {
  return fault == Fault::None || fault == Fault::Interrupted || fault == Fault::ShortTransfer;
}

// Runs action with the fault at its call 1, 2, ... until it makes fewer calls, each time on a fresh
// disk that configure may change and prepare has filled; then check(disk, succeeded). An Error that
// action throws is a failure. Returns how many calls it makes.
template <class Prepare, class Action, class Check, class Configure = void (*)(FaultyFileSystem&)>
std::uint64_t at_every_call(
    Fault fault, Prepare prepare, Action action, Check check,
    Configure configure = [](FaultyFileSystem&) {}) {
  for (std::uint64_t k = 1;; ++k) {
    FaultyFileSystem disk;
    configure(disk);
    prepare(disk.files());
    disk.fail(fault, k);
    bool succeeded = true;
    try {
      action(disk.files());
    } catch (const Error&) {
      succeeded = false;
    }
    const bool met = disk.fault_met();
    disk.heal();
    BOOST_TEST_CONTEXT("call " << k) {
      check(disk, succeeded);
      if (is_harmless(fault)) BOOST_TEST(succeeded);
      BOOST_TEST(disk.open_count() == 0u);
    }
    if (!met) return k - 1;
  }
}

}  // namespace trainbus::testing
