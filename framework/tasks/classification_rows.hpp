// What a person reads of a classifier's evaluation.
#pragma once

#include <vector>

#include "core/export.hpp"
#include "engine/task.hpp"

namespace trainbus {

// Accuracy and cross-entropy, beside what scoring nothing gives; for two classes also how well the
// scores tell them apart. See tasks/classification_metrics.hpp.
TRAINBUS_EXPORT std::vector<ResultRow> classification_rows(const Evaluation& evaluation);

}  // namespace trainbus
