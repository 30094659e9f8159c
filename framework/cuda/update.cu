#include "cuda/noise.cuh"

namespace trainbus::cuda {
namespace {

// How many runs a warp holds at a time: pairs r and r + 8. With several terms the signs of a whole
// tile are recomputed for each group of runs, so more is better.
template <class Noise, bool simple>
constexpr int held = !simple && Noise::fragment_order ? 8 : 4;

__device__ bool is_applied(const UpdateStep& step, const Term* terms) {
  for (int k = 0; k < step.term_count; ++k)
    if (!isfinite(terms[step.first_term + k].coefficient)) return false;
  return true;
}

// Makes z of a term unless it is the most recent one.
template <class Noise>
struct Current {
  Noise noise;
  const Term* term = nullptr;

  __device__ __forceinline__ void set(const Term* wanted, const Place& place) {
    if (term == wanted) return;
    noise.begin(*wanted, place);
    term = wanted;
  }
};

// One step for the runs that a lane holds eights of.
template <Format format, class Noise, class Run, int count>
__device__ __forceinline__ void update_eights(const UpdateStep& step, const Term* terms,
                                              const Place& place, const Run& run, Current<Noise>& z,
                                              Eight<format> (&stored)[count]) {
  float x[count][8];
  const float keep = 1 - step.decay;
#pragma unroll
  for (int i = 0; i < count; ++i) {
    stored[i].widen(x[i]);
#pragma unroll
    for (int j = 0; j < 8; ++j) x[i][j] = __fmul_rn(keep, x[i][j]);
  }
  for (int k = 0; k < step.term_count; ++k) {
    const Term* term = terms + step.first_term + k;
    z.set(term, place);
#pragma unroll
    for (int i = 0; i < count; ++i) z.noise.template add<format>(x[i], run(i), -term->coefficient);
  }
#pragma unroll
  for (int i = 0; i < count; ++i) stored[i].round(x[i]);
}

// Calls change(stored, run) for a few of the piece's runs at a time; run(i) is the number of the
// i-th.
template <Format format, int count, class Change>
__device__ __forceinline__ void for_runs(const Place& place, const Change& change) {
  const Tensor t = place.entry->tensor;
  const int lane = lane_number();
#pragma unroll 1
  for (int first = 0; first < 8; first += count / 2) {
    Eight<format> stored[count];
    const auto run = [first](int i) { return first + i / 2 + 8 * (i % 2); };
#pragma unroll
    for (int i = 0; i < count; ++i)
      stored[i].load(t, place.base + run(i) * place.stride, lane, place.width_of(run(i)));
    change(stored, run);
#pragma unroll
    for (int i = 0; i < count; ++i)
      stored[i].store(t, place.base + run(i) * place.stride, lane, place.width_of(run(i)));
  }
}

// simple: one step of one term, which stay in registers.
template <Format format, bool simple, class Noise>
__device__ __forceinline__ void update_runs(const Update& update, const Place& place,
                                            typename Noise::Shared& shared) {
  constexpr int count = held<Noise, simple>;
  if constexpr (simple) {
    const UpdateStep step = update.steps[0];
    const Term term = update.terms[step.first_term];
    if (!isfinite(term.coefficient)) return;
    Noise z(shared);
    z.begin(term, place);
    const float keep = 1 - step.decay, scale = -term.coefficient;
    for_runs<format, count>(place, [&](auto& stored, const auto& run) {
#pragma unroll
      for (int i = 0; i < count; ++i) {
        float x[8];
        stored[i].widen(x);
#pragma unroll
        for (int j = 0; j < 8; ++j) x[j] = __fmul_rn(keep, x[j]);
        z.template add<format>(x, run(i), scale);
        stored[i].round(x);
      }
    });
  } else {
    Current<Noise> z{Noise(shared)};
    for_runs<format, count>(place, [&](auto& stored, const auto& run) {
      for (int s = 0; s < update.step_count; ++s)
        if (is_applied(update.steps[s], update.terms))
          update_eights<format>(update.steps[s], update.terms, place, run, z, stored);
    });
  }
}

// Not inlined, so that its registers are not taken from update_runs; by value, so that update_runs
// has its own in registers.
template <Format format, class Noise>
__device__ __noinline__ void update_elements(const Update update, const Place place,
                                             typename Noise::Shared& shared) {
  Current<Noise> z{Noise(shared)};
  const Tensor t = place.entry->tensor;
  constexpr int count = run_width / warp_size;
#pragma unroll 1
  for (int run = 0; run < piece_runs; ++run) {
    const int width = place.width_of(run);
    const std::int64_t at = place.base + run * place.stride;
    float x[count];
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const int c = lane_number() + warp_size * i;
      x[i] = c < width ? load_one<format>(t, at + c, false) : 0;
    }
    for (int s = 0; s < update.step_count; ++s) {
      const UpdateStep step = update.steps[s];
      if (!is_applied(step, update.terms)) continue;
#pragma unroll
      for (int i = 0; i < count; ++i) x[i] = __fmul_rn(1 - step.decay, x[i]);
      for (int k = 0; k < step.term_count; ++k) {
        const Term* term = update.terms + step.first_term + k;
        z.set(term, place);
#pragma unroll
        for (int i = 0; i < count; ++i)
          x[i] =
              __fmaf_rn(-term->coefficient, z.noise.one(run, lane_number() + warp_size * i), x[i]);
      }
#pragma unroll
      for (int i = 0; i < count; ++i) x[i] = rounded<format>(x[i]);
    }
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const int c = lane_number() + warp_size * i;
      if (c < width) store_one<format>(t.values, t.residuals, at + c, x[i]);
    }
  }
}

template <Format format, bool simple, class Noise>
__device__ __forceinline__ void update_piece(const Update& update, const Place& place,
                                             typename Noise::Shared& shared) {
  if (place.vectors)
    update_runs<format, simple, Noise>(update, place, shared);
  else
    update_elements<format, Noise>(update, place, shared);
}

template <class Noise, bool simple>
__global__ void __launch_bounds__(threads_per_block, simple ? 3 : 2)
    update_kernel(const TableEntry* entries, std::int32_t count, std::int64_t pieces,
                  Update update) {
  __shared__ typename Noise::Shared shared[warps_per_block];
  const std::int64_t piece = piece_number();
  if (piece >= pieces) return;
  const Place place = find_place<Noise::fragment_order>(entries, count, piece);
  typename Noise::Shared& mine = shared[threadIdx.x / warp_size];
  switch (place.entry->tensor.format) {
    case Format::Float32:
      return update_piece<Format::Float32, simple, Noise>(update, place, mine);
    case Format::BFloat16:
      return update_piece<Format::BFloat16, simple, Noise>(update, place, mine);
    case Format::Float16:
      return update_piece<Format::Float16, simple, Noise>(update, place, mine);
    case Format::BFloat16Residual:
      return update_piece<Format::BFloat16Residual, simple, Noise>(update, place, mine);
    case Format::BFloat16Split:
      return update_piece<Format::BFloat16Split, simple, Noise>(update, place, mine);
  }
}

}  // namespace

int update(const Table& table, const Update& update, void* stream) {
  return with_noise(update.distribution, [&](auto* type) -> int {
    using Noise = std::remove_pointer_t<decltype(type)>;
    const std::int64_t pieces = Noise::fragment_order ? table.tiles : table.runs;
    if (pieces == 0) return cudaSuccess;
    const auto kernel = update.step_count == 1 && update.term_count == 1
                            ? update_kernel<Noise, true>
                            : update_kernel<Noise, false>;
    kernel<<<blocks_for(pieces), threads_per_block, 0, static_cast<cudaStream_t>(stream)>>>(
        table.entries, table.count, pieces, update);
    return cudaGetLastError();
  });
}

}  // namespace trainbus::cuda
