// Internal: an update by a product of two narrow matrices, and a product with it, row by row.
#pragma once

#include "kernels/low_rank_product.hpp"
#include "kernels/simd/axpy_work.hpp"
#include "kernels/simd/lanes.hpp"
#include "kernels/simd/z_task.hpp"

namespace trainbus::kernels {

// S::width elements of row `row` from column k on.
template <class S>
typename S::F add_low_rank(const LowRankTask& task, std::int64_t row, std::int64_t k,
                           typename S::F x) {
  const float* left = task.left + row * task.rank;
  for (std::int64_t j = 0; j < task.rank; ++j)
    x = S::fma(S::set(left[j]), S::load(task.right + j * task.right_stride + k), x);
  return x;
}

template <class S, class View>
void low_rank_rows(const LowRankTask& task, const View& theta) {
  const auto keep = S::set(task.keep);
  for (std::int64_t n = 0; n < task.rows; ++n) {
    const View row = theta.at(n * task.stride);
    std::int64_t k = 0;
    for (; k + S::width <= task.columns; k += S::width)
      row.store(k, add_low_rank<S>(task, n, k, keep * row.load(k)));
    if (k == task.columns) continue;
    typename View::Room room;
    const int left = static_cast<int>(task.columns - k);
    const View aside = row.at(k).enter(room, left);
    aside.store(0, add_low_rank<S>(task, n, k, keep * aside.load(0)));
    row.at(k).leave(room, left);
  }
}

template <class S>
void low_rank_task(const LowRankTask& task) {
  with_view<S>(task.theta, [&](const auto& theta) { low_rank_rows<S>(task, theta); });
}

// Four independent sums, so that additions do not wait for each other.
template <class S>
float dot(const float* x, const float* v, std::int64_t width) {
  auto a = S::zero(), b = a, c = a, d = a;
  std::int64_t i = 0;
  for (; i + 4 * S::width <= width; i += 4 * S::width) {
    a = S::mul_add(S::load(x + i), S::load(v + i), a);
    b = S::mul_add(S::load(x + i + S::width), S::load(v + i + S::width), b);
    c = S::mul_add(S::load(x + i + 2 * S::width), S::load(v + i + 2 * S::width), c);
    d = S::mul_add(S::load(x + i + 3 * S::width), S::load(v + i + 3 * S::width), d);
  }
  for (; i < width; i += S::width)
    a = S::mul_add(load_lanes<S>(x, i, width, 0), load_lanes<S>(v, i, width, 0), a);
  return S::sum((a + b) + (c + d));
}

template <class S>
void low_rank_product(const LowRankProduct& p) {
  for (std::int64_t n = 0; n < p.rows; ++n) {
    const float* x = p.x + n * p.x_stride;
    float* y = p.y + n * p.y_stride;
    for (std::int64_t j = 0; j < p.rank; ++j) {
      const float* u = p.u + j * p.outputs;
      const auto t = S::set(p.scale * dot<S>(x, p.v + j * p.inputs, p.inputs));
      for (std::int64_t i = 0; i < p.outputs; i += S::width)
        store_lanes<S>(
            y, i, p.outputs,
            S::mul_add(t, load_lanes<S>(u, i, p.outputs, 0), load_lanes<S>(y, i, p.outputs, 0)));
    }
  }
}

}  // namespace trainbus::kernels
