// Internal: θ + scale·z for a part of a tensor, one side or both.
#pragma once

#include "kernels/simd/axpy_work.hpp"
#include "kernels/simd/z_runs.hpp"

namespace trainbus::kernels {

template <class S, bool limited, class View>
void perturb_region(const PerturbTask& task, const View& theta) {
  for_blocks<S, widest_block>(task.region, [&](const Block& block) {
    for_runs<S>(task.term, task.region, block, [&](int row, int column, int count, auto z) {
      const std::int64_t at = place_in<S>(task.region, block, row) + column;
      const float scale = task.term.scale;
      const Float32View<S> out{task.out + at};
      if (task.out_minus)
        do_run<S>(
            BothSidesWork<S, limited, View>{
                theta.at(at), out, {task.out_minus + at}, scale, task.limit},
            count, z);
      else
        do_run<S>(
            AxpyWork<S, limited, View, Float32View<S>>{theta.at(at), out, scale, 1, task.limit},
            count, z);
    });
  });
}

template <class S>
void perturb_task(const PerturbTask& task) {
  with_view<S>(task.theta, [&](const auto& theta) {
    if (task.limited)
      perturb_region<S, true>(task, theta);
    else
      perturb_region<S, false>(task, theta);
  });
}

}  // namespace trainbus::kernels
