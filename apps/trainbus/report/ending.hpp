// How a run ended, from its record, its metrics and its lock.
#pragma once

#include "report/holder.hpp"
#include "report/run.hpp"

namespace trainbus::report {

// record: run.json. Its "end" has precedence, then a living holder, then the metrics.
Ending ending_of(const boost::json::object& record, const Metrics& metrics, const Holder& holder);

// The last known step, and the number of planned steps (0: unknown).
double last_step(const boost::json::object& record, const Metrics& metrics);
double planned_steps(const boost::json::object& record, const Metrics& metrics);

}  // namespace trainbus::report
