// How a run ended: what run.json says about it in the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/control.hpp"
#include "core/export.hpp"
#include "core/observer.hpp"

namespace trainbus {

struct RunEnd {
  std::string kind;         // completed | stopped | interrupted | failed
  std::string reason;       // as on_train_end says it: "stopped: early-stopping: …"
  std::string author, why;  // of a stop or an interruption; of a failure the why
  std::uint64_t step = 0;
  std::uint64_t forwards = 0, skipped = 0;  // by this attempt
  std::int64_t unix_ns = 0;
  double seconds = 0;  // in steps
  std::vector<ControlRequest> requests;
  std::vector<ObserverReport> observers;
};

// run_json with the key "end" added or replaced. Throws RunError if it is no JSON object.
TRAINBUS_EXPORT std::string with_end(std::string_view run_json, const RunEnd& end);

}  // namespace trainbus
