// The attempts of a run in its run.json: when each began and on what, and how it ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bus/control.hpp"
#include "core/bus/observer.hpp"
#include "core/export.hpp"

namespace trainbus {

struct AttemptBegin {
  std::uint32_t number = 1;
  std::uint64_t resumed_step = 0;  // the step that it continues after
  std::int64_t unix_ns = 0;
  std::string text;  // a JSON object, of what the attempt runs on
};

struct RunEnd {
  std::string kind;         // completed | stopped | interrupted | failed
  std::string reason;       // as on_train_end says it: "stopped: early-stopping: …"
  std::string author, why;  // of a stop or an interruption; of a failure the why
  std::uint64_t step = 0;
  std::uint64_t forwards = 0, skipped = 0;  // by the run
  std::int64_t unix_ns = 0;
  double seconds = 0;  // in steps
  std::vector<ControlRequest> requests;
  std::vector<ObserverReport> observers;
  std::vector<std::string> ranks;  // which other processes took part; who came and went
};

// run_json with the key "attempts": those of `earlier`, the run.json that was there before (empty:
// none), then this one. Throws RunError if run_json is no JSON object.
TRAINBUS_EXPORT std::string with_attempt(std::string_view run_json, std::string_view earlier,
                                         const AttemptBegin& attempt);

// run_json with the key "end" added or replaced, for the run and for its last attempt. Throws
// RunError if it is no JSON object.
TRAINBUS_EXPORT std::string with_end(std::string_view run_json, const RunEnd& end);

}  // namespace trainbus
