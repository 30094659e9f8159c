// Limits how much longer a file's steps make a text: thirty replacements of "a" by "aa" in a row
// would make a gigabyte of one letter. Internal to the tokenizer's steps.
#pragma once

#include <cstddef>
#include <string>

#include "core/io/error.hpp"

namespace trainbus {

// Throws UsageError naming `where` if a text of `before` bytes has become too many.
inline void check_growth(std::size_t before, std::size_t now, const std::string& where) {
  constexpr std::size_t factor = 64, more = 65536;  // U+FDFA alone grows elevenfold by NFKC
  if (now > factor * before + more)
    throw UsageError(
        "its steps make " + std::to_string(now) + " bytes of a text of " + std::to_string(before),
        where, "The tokenizer is damaged; get it again from its source.");
}

}  // namespace trainbus
