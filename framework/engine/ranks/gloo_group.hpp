// Opens groups of c10d's Gloo. Private to engine/ranks.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <chrono>
#include <string>

namespace trainbus::ranks {

// Listens on this address of the machine, or on the interface that GLOO_SOCKET_IFNAME names. Waits
// for the others; patience is also that of the group's operations. Throws what c10d throws.
c10::intrusive_ptr<c10d::ProcessGroupGloo> open_gloo_group(
    const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, const std::string& address,
    std::chrono::milliseconds patience);

}  // namespace trainbus::ranks
