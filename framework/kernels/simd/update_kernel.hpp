// Internal: steps of MeZO's update for a part of a tensor. Step follows step while a block of
// parameters is in the cache, so memory is read and written once for all of them.
#pragma once

#include "kernels/simd/axpy_work.hpp"
#include "kernels/simd/share_runs.hpp"

namespace trainbus::kernels {

// The usual step, of one term: from parameters to parameters.
template <class S, bool shared, bool limited, class View>
void update_by_one(const UpdateTask& task, const ZStep& step, const Block& block,
                   const View& theta) {
  const ZTerm& term = step.terms[0];
  for_term_runs<S, shared>(term, task.region, block, [&](int row, int column, int count, auto z) {
    const View here = theta.at(place_in<S>(task.region, block, row) + column);
    do_run<S>(AxpyWork<S, limited, View, View>{here, here, term.scale, step.keep, task.limit},
              count, z);
  });
}

// Any number of terms: summed in a buffer, so that parameters are rounded once.
template <class S, bool shared, bool limited, class View>
void update_by_many(const UpdateTask& task, const ZStep& step, const Block& block,
                    const View& theta) {
  alignas(64) float room[block_elements];
  const Float32View<S> buffer{room};
  const auto parameters = [&](int row) { return theta.at(place_in<S>(task.region, block, row)); };
  for (int row = 0; row < block.rows; ++row)
    scale_run<S>(parameters(row), buffer.at(place_in_buffer<S>(row)), step.keep, block.width);
  for (std::int64_t k = 0; k < step.term_count; ++k) {
    const ZTerm& term = step.terms[k];
    for_term_runs<S, shared>(term, task.region, block, [&](int row, int column, int count, auto z) {
      const Float32View<S> here = buffer.at(place_in_buffer<S>(row) + column);
      const BufferedView<S, View> in{here, parameters(row).at(column)};
      do_run<S>(AxpyWork<S, limited, BufferedView<S, View>, Float32View<S>>{in, here, term.scale, 1,
                                                                            task.limit},
                count, z);
    });
  }
  for (int row = 0; row < block.rows; ++row)
    scale_run<S>(buffer.at(place_in_buffer<S>(row)), parameters(row), 1, block.width);
}

template <class S, bool shared, bool limited, class View>
void update_region(const UpdateTask& task, const View& theta) {
  if (task.step_count == 1 && task.steps[0].term_count == 1)
    return for_blocks<S, widest_block>(task.region, [&](const Block& block) {
      update_by_one<S, shared, limited>(task, task.steps[0], block, theta);
    });
  for_blocks<S, 1>(task.region, [&](const Block& block) {
    for (std::int64_t s = 0; s < task.step_count; ++s) {
      if (task.steps[s].term_count == 1)
        update_by_one<S, shared, limited>(task, task.steps[s], block, theta);
      else
        update_by_many<S, shared, limited>(task, task.steps[s], block, theta);
    }
  });
}

template <class S, bool shared>
void update_all_or_shared(const UpdateTask& task) {
  with_view<S>(task.theta, [&](const auto& theta) {
    if (task.limited)
      update_region<S, shared, true>(task, theta);
    else
      update_region<S, shared, false>(task, theta);
  });
}

template <class S>
void update_task(const UpdateTask& task) {
  task.shared ? update_all_or_shared<S, true>(task) : update_all_or_shared<S, false>(task);
}

}  // namespace trainbus::kernels
