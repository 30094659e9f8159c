// How a run ended, from its record, its metrics and its lock.
#pragma once

#include "report/holder.hpp"
#include "report/run.hpp"

namespace trainbus::report {

// record: run.json. Its "end" counts most, then a living holder, then what the metrics say.
Ending ending_of(const boost::json::object& record, const Metrics& metrics, const Holder& holder);

// The last step that is known, and how many were planned (0: not said).
double last_step(const boost::json::object& record, const Metrics& metrics);
double planned_steps(const boost::json::object& record, const Metrics& metrics);

}  // namespace trainbus::report
