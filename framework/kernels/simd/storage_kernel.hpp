// Internal: parameters from and to float32.
#pragma once

#include "kernels/simd/axpy_work.hpp"

namespace trainbus::kernels {

// from: only read.
template <class S>
void load_elements(const Stored& from, float* to, std::int64_t count) {
  with_view<S>(from, [&](const auto& view) { scale_run<S>(view, Float32View<S>{to}, 1, count); });
}

template <class S>
void store_elements(float* from, const Stored& to, std::int64_t count) {
  with_view<S>(to, [&](const auto& view) { scale_run<S>(Float32View<S>{from}, view, 1, count); });
}

}  // namespace trainbus::kernels
