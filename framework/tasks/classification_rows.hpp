// The rows of a classifier's evaluation that are shown to the user.
#pragma once

#include <vector>

#include "core/export.hpp"
#include "engine/task.hpp"

namespace trainbus {

// Accuracy and cross-entropy, next to their baselines; for two classes also the area under the ROC
// curve and the best accuracy with another threshold. See metrics/classification_metrics.hpp.
TRAINBUS_EXPORT std::vector<ResultRow> classification_rows(const Evaluation& evaluation);

}  // namespace trainbus
