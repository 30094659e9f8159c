// The runs' configurations side by side.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "report/run.hpp"

namespace trainbus::report {

// [{"title": "Run", "rows": [{"name": "max-steps", "differs": true, "values": [{"text": "300",
// "default": false}, null]}]}]; a value for each run, null where it has none. Groups: Run, Task,
// and one for each plugin instance. A run's name and folder identify it and are never marked as
// different.
boost::json::array configuration_of(std::span<const Run> runs);

}  // namespace trainbus::report
