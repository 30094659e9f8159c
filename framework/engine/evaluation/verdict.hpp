// Whether a run that ended in order failed to learn, in sentences for a person.
#pragma once

#include <string>
#include <vector>

#include "core/export.hpp"
#include "engine/trainer.hpp"

namespace trainbus {

// One sentence for each fault, the worst first, then a remedy; empty if there is no fault. A fault
// is: no update was applied; the metric that was trained on (the first one, if the evaluation has
// none of its name) of the test split, else of the validation split, is worse at the end than at the
// start, or without either the training loss is higher by half; all examples of an evaluation got the same answer, or equal scores for all classes.
TRAINBUS_EXPORT std::vector<std::string> verdict(const TrainResult& result);

}  // namespace trainbus
