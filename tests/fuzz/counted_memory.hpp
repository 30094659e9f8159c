// How much memory the program takes with operator new: this file's source replaces it.
#pragma once

#include <cstddef>

namespace trainbus::fuzz {

// Bytes in use at most since the call before, beyond what was in use then.
std::size_t take_peak_bytes();

}  // namespace trainbus::fuzz
