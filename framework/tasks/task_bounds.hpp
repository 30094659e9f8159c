// Bounds of options that tasks and verbs share.
#pragma once

namespace trainbus::tasks {

// The largest count of examples or batches; sums and products of two counts stay exact.
inline constexpr double most_examples = 2147483647;

}  // namespace trainbus::tasks
