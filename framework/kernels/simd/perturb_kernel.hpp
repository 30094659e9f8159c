// Internal: θ + scale·z for a part of a tensor, one side or both.
#pragma once

#include "kernels/simd/axpy_work.hpp"
#include "kernels/simd/share_runs.hpp"

namespace trainbus::kernels {

template <class S, bool shared, bool limited, class View>
void perturb_region(const PerturbTask& task, const View& theta) {
  for_blocks<S, widest_block>(task.region, [&](const Block& block) {
    for_term_runs<S, shared>(
        task.term, task.region, block, [&](int row, int column, int count, auto z) {
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

template <class S, bool shared>
void perturb_all_or_shared(const PerturbTask& task) {
  with_view<S>(task.theta, [&](const auto& theta) {
    if (task.limited)
      perturb_region<S, shared, true>(task, theta);
    else
      perturb_region<S, shared, false>(task, theta);
  });
}

template <class S>
void perturb_task(const PerturbTask& task) {
  task.term.share.period > 1 ? perturb_all_or_shared<S, true>(task)
                             : perturb_all_or_shared<S, false>(task);
}

}  // namespace trainbus::kernels
