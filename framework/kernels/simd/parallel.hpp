// Internal: a loop over threads. OpenMP's thread count applies (omp_set_num_threads,
// OMP_NUM_THREADS); inside another parallel region it runs on one thread.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

// Calls work(begin, end) for pieces of [begin, end) cut at multiples of `grain`; on the calling
// thread if there is but one. Work must not throw.
template <class Work>
void parallel_pieces(std::int64_t begin, std::int64_t end, std::int64_t grain, const Work& work) {
  const std::int64_t first = begin / grain, last = (end + grain - 1) / grain;
  if (last - first <= 1) {
    if (begin < end) work(begin, end);
    return;
  }
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t i = first; i < last; ++i) {
    const std::int64_t from = i * grain, to = from + grain;
    work(from < begin ? begin : from, to > end ? end : to);
  }
}

// A grain for rows of activations: about 64 KiB, large against the cost of starting threads.
inline std::int64_t rows_per_piece(std::int64_t width) {
  const std::int64_t rows = width > 0 ? 16384 / width : 1;
  return rows > 0 ? rows : 1;
}

}  // namespace trainbus::kernels
