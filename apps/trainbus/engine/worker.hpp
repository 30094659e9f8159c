// A worker of a run of several processes.
#pragma once

#include <chrono>

#include "core/io/requests.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// Takes part in the run of the leader that spec.place names; returns an exit code.
int work_for_leader(const RunSpec& spec, Requests& requests);

// --rank-patience
std::chrono::milliseconds rank_patience(const RunSpec& spec);

}  // namespace trainbus
