// The backend for tests of whole steps: the CPU as a device or, if built with TRAINBUS_TEST_ON_GPU,
// the GPU; without one the cases are skipped.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>

#ifdef TRAINBUS_TEST_ON_GPU
#include "core/io/error.hpp"
#include "device/backend_module.hpp"
#else
#include "support/host_backend.hpp"
#endif

namespace trainbus::testing {

#ifdef TRAINBUS_TEST_ON_GPU
inline std::unique_ptr<device::Backend> tested_backend() { return device::make_backend("cuda"); }

inline boost::test_tools::assertion_result a_backend_is_there(boost::unit_test::test_unit_id) {
  static const bool is_there = [] {
    try {
      return tested_backend() != nullptr;
    } catch (const UsageError&) {
      return false;
    }
  }();
  return is_there;
}
#else
inline std::unique_ptr<device::Backend> tested_backend() {
  return std::make_unique<HostBackend>(true);
}

inline boost::test_tools::assertion_result a_backend_is_there(boost::unit_test::test_unit_id) {
  return true;
}
#endif

}  // namespace trainbus::testing
