// Bounds of options that tasks and verbs share.
#pragma once

namespace trainbus::tasks {

// Wherever examples or batches are counted; sums and products of two such stay whole numbers.
inline constexpr double most_examples = 2147483647;

}  // namespace trainbus::tasks
