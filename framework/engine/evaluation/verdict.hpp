// What a person should know of a run that ended in order and is still no success.
#pragma once

#include <string>
#include <vector>

#include "core/export.hpp"
#include "engine/trainer.hpp"

namespace trainbus {

// One sentence for each fault, the worst first, then what to do about them; empty if there is none.
// A fault is: no update was applied; the run ended worse than it began, by the first metric of the
// test split, else of the validation split, else by half by the training loss; all examples of an
// evaluation got the same answer, or scores that do not tell the classes apart.
TRAINBUS_EXPORT std::vector<std::string> verdict(const TrainResult& result);

}  // namespace trainbus
