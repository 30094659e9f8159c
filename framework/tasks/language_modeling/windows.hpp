// Windows over a line of tokens that is longer than a model reads at once.
#pragma once

#include <cstdint>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// Tokens [begin, end) of the line; its last `scored` tokens are predicted, each from the tokens of
// the window before it.
struct Window {
  std::uint64_t begin = 0, end = 0, scored = 0;
  bool operator==(const Window&) const = default;
};

// Windows of at most `size` tokens that begin every `stride` tokens, over `count` tokens. A token
// is scored once, in the first window that reaches it, with all of that window before it; the first
// token of a window has no probability, so it is scored only if a window before reached it: the
// line's first one never, and with stride = size none of them. So the smaller the stride, the more
// a token has before it, and the more is computed: as in Hugging Face's "Perplexity of fixed-length
// models". Windows without a scored token are left out. size at least 2, stride 1 to size; throws
// std::invalid_argument.
TRAINBUS_EXPORT std::vector<Window> strided_windows(std::uint64_t count, std::uint64_t size,
                                                    std::uint64_t stride);

}  // namespace trainbus::tasks
