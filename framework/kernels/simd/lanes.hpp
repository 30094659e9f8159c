// Internal: runs of numbers whose length is no multiple of the vector's.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

// The next S::width numbers of a row at i, or what is left of it and the fill.
template <class S>
typename S::F load_lanes(const float* x, std::int64_t i, std::int64_t width, float fill) {
  return i + S::width <= width ? S::load(x + i)
                               : S::load_part(x + i, static_cast<int>(width - i), fill);
}

template <class S>
void store_lanes(float* y, std::int64_t i, std::int64_t width, typename S::F value) {
  if (i + S::width <= width)
    S::store(y + i, value);
  else
    S::store_part(y + i, static_cast<int>(width - i), value);
}

}  // namespace trainbus::kernels
