// Internal: an update by a product of two narrow matrices, row by row.
#pragma once

#include "kernels/simd/axpy_work.hpp"
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
    const View row = theta.at(n * task.columns);
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

}  // namespace trainbus::kernels
