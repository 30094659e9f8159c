// What we write ourselves we must read.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "core/io/error.hpp"

namespace trainbus::fuzz {

// What read() returns; a refusal is the end.
template <class Read>
auto own_output(Read read) try {
  return read();
} catch (const UsageError& error) {
  std::fprintf(stderr, "what was written is refused: %s\n", error.what());
  std::abort();
}

}  // namespace trainbus::fuzz
