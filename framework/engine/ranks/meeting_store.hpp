// What a Meeting is made of, for links and groups. Private to engine/ranks.
#pragma once

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "engine/ranks/meeting.hpp"

namespace trainbus::ranks {

struct Meeting::Parts {
  c10::intrusive_ptr<c10d::Store> tcp;    // one connection
  c10::intrusive_ptr<c10d::Store> store;  // the same with the run's prefix
  std::string prefix;
};

}  // namespace trainbus::ranks
