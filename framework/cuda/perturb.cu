#include "cuda/noise.cuh"

namespace trainbus::cuda {
namespace {

constexpr int pairs = 2;  // as in update.cu

// The destination of a piece's runs: as in the tensor, or row by row.
struct Target {
  void* out;
  std::int64_t base;  // of the piece's first element
};

template <Format format, Format out_format, class Noise>
__device__ void perturb_runs(const Place& place, const Target& target, const Noise& z,
                             float scale) {
  const Tensor t = place.entry->tensor;
  const int lane = lane_number();
#pragma unroll 1
  for (int first = 0; first < 8; first += pairs) {
    Eight<format> stored[2 * pairs];
    const auto run = [first](int i) { return first + i / 2 + 8 * (i % 2); };
#pragma unroll
    for (int i = 0; i < 2 * pairs; ++i)
      stored[i].load(t, place.base + run(i) * place.stride, lane, place.width_of(run(i)));
#pragma unroll
    for (int i = 0; i < 2 * pairs; ++i) {
      float x[8];
      stored[i].widen(x);
      if (scale != 0) z.template add<format>(x, run(i), scale);
      store_eight<format, out_format>(x, target.out, target.base + run(i) * place.stride, lane,
                                      place.width_of(run(i)));
    }
  }
}

template <Format format, Format out_format, class Noise>
__device__ void perturb_elements(const Place& place, const Target& target, const Noise& z,
                                 float scale) {
  const Tensor t = place.entry->tensor;
#pragma unroll 1
  for (int run = 0; run < piece_runs; ++run)
    for (int c = lane_number(); c < place.width_of(run); c += warp_size) {
      const std::int64_t in_piece = run * place.stride + c;
      const float x = load_one<format>(t, place.base + in_piece, true);
      store_one<out_format>(target.out, nullptr, target.base + in_piece,
                            scale != 0 ? __fmaf_rn(scale, z.one(run, c), x) : x);
    }
}

template <Format format, Format out_format, class Noise>
__device__ __forceinline__ void perturb_piece(const Place& place, const Target& target,
                                              const Noise& z, float scale) {
  if (place.vectors)
    perturb_runs<format, out_format>(place, target, z, scale);
  else
    perturb_elements<format, out_format>(place, target, z, scale);
}

// To float32, or to the 16-bit format of the parameters.
template <class Noise>
__device__ void perturb_any(const Place& place, const Target& target, const Noise& z, float scale) {
  const Tensor& t = place.entry->tensor;
  const bool widened = t.out_format == Format::Float32;
  if (t.format == Format::Float32)
    perturb_piece<Format::Float32, Format::Float32>(place, target, z, scale);
  else if (t.format == Format::Float16 && widened)
    perturb_piece<Format::Float16, Format::Float32>(place, target, z, scale);
  else if (t.format == Format::Float16)
    perturb_piece<Format::Float16, Format::Float16>(place, target, z, scale);
  else if (widened)  // forward passes see the bfloat16 alone
    perturb_piece<Format::BFloat16, Format::Float32>(place, target, z, scale);
  else
    perturb_piece<Format::BFloat16, Format::BFloat16>(place, target, z, scale);
}

template <class Noise>
__global__ void __launch_bounds__(threads_per_block, 3)
    perturb_kernel(const TableEntry* entries, std::int32_t count, std::int64_t pieces,
                   const Term* term, float factor) {
  __shared__ typename Noise::Shared shared[warps_per_block];
  const std::int64_t piece = piece_number();
  if (piece >= pieces) return;
  const Place place = find_place<Noise::fragment_order>(entries, count, piece);
  Noise z(shared[threadIdx.x / warp_size]);
  z.begin(*term, place);
  perturb_any(place, {place.entry->tensor.out, place.base}, z, factor * term->coefficient);
}

// Eight runs of a single row, as a tile of which one row counts; `chunk` of 2048 columns.
constexpr int row_runs = 8;
constexpr int chunk_width = row_runs * run_width;

__device__ Place row_place(const TableEntry& entry, std::int64_t row, std::int64_t chunk) {
  const Tensor& t = entry.tensor;
  const auto n = static_cast<std::uint32_t>(row);
  const int lane = lane_number();
  Place place;
  place.entry = &entry;
  place.base = row * t.columns + chunk * chunk_width;
  place.stride = run_width;
  place.remaining = t.columns - chunk * chunk_width;
  place.runs = row_runs;
  place.width = run_width;
  place.fragment_order = true;
  place.vectors = entry.aligned;
  place.c0 = (n / 16 * 8 + n % 8) * 4 + static_cast<unsigned>(lane % 4);
  place.c1 = static_cast<std::uint32_t>(chunk) * row_runs + static_cast<unsigned>(lane / 4);
  return place;
}

__device__ void fill_with_nan(const Place& place, const Target& target) {
  for (int run = 0; run < row_runs; ++run)
    for (int c = lane_number(); c < place.width_of(run); c += warp_size) {
      const std::int64_t i = target.base + run * place.stride + c;
      switch (place.entry->tensor.out_format) {
        case Format::Float32:
          store_one<Format::Float32>(target.out, nullptr, i, __uint_as_float(0x7fc00000));
          break;
        case Format::Float16:
          store_one<Format::Float16>(target.out, nullptr, i, __uint_as_float(0x7fc00000));
          break;
        default:
          store_one<Format::BFloat16>(target.out, nullptr, i, __uint_as_float(0x7fc00000));
      }
    }
}

template <class Noise>
__global__ void __launch_bounds__(threads_per_block)
    perturb_rows_kernel(const TableEntry* entry, const Term* term, float factor,
                        const std::int64_t* rows, std::int64_t row_count, void* out) {
  __shared__ typename Noise::Shared shared[warps_per_block];
  const std::int64_t columns = entry->tensor.columns;
  const std::int64_t chunks = (columns + chunk_width - 1) / chunk_width;
  const std::int64_t i = piece_number() / chunks, chunk = piece_number() % chunks;
  if (i >= row_count) return;
  const std::int64_t row = rows[i];
  const bool is_there = row >= 0 && row < entry->tensor.rows;
  const Place place = row_place(*entry, is_there ? row : 0, chunk);
  const Target target{out, i * columns + chunk * chunk_width};
  if (!is_there) return fill_with_nan(place, target);
  Noise z(shared[threadIdx.x / warp_size]);
  z.half_of_all_runs(static_cast<int>(row % 16 / 8));
  z.begin(*term, place);
  perturb_any(place, target, z, factor * term->coefficient);
}

bool has_out(const TableEntry& entry) {
  const Tensor& t = entry.tensor;
  const Format narrow = kernels::residual_bytes(t.format) > 0 ? Format::BFloat16 : t.format;
  return t.out_format == Format::Float32 || t.out_format == narrow;
}

}  // namespace

int perturb(const Table& table, Distribution distribution, const Term* term, float factor,
            void* stream) {
  for (const TableEntry& entry : table.host_entries)
    if (!has_out(entry) || !entry.tensor.out) return cudaErrorInvalidValue;
  return with_noise(distribution, [&](auto* type) -> int {
    using Noise = std::remove_pointer_t<decltype(type)>;
    const std::int64_t pieces = Noise::fragment_order ? table.tiles : table.runs;
    if (pieces == 0) return cudaSuccess;
    perturb_kernel<Noise>
        <<<blocks_for(pieces), threads_per_block, 0, static_cast<cudaStream_t>(stream)>>>(
            table.entries, table.count, pieces, term, factor);
    return cudaGetLastError();
  });
}

int perturb_rows(const Table& table, std::int32_t tensor, Distribution distribution,
                 const Term* term, float factor, const std::int64_t* rows, std::int64_t row_count,
                 void* out, void* stream) {
  if (tensor < 0 || tensor >= table.count || row_count < 0) return cudaErrorInvalidValue;
  const TableEntry& entry = table.host_entries[static_cast<std::size_t>(tensor)];
  if (entry.tensor.rows == 0 || !has_out(entry) || reinterpret_cast<std::uintptr_t>(out) % 16)
    return cudaErrorInvalidValue;
  const std::int64_t pieces = row_count * ((entry.tensor.columns + chunk_width - 1) / chunk_width);
  if (pieces == 0) return cudaSuccess;
  return with_noise(distribution, [&](auto* type) -> int {
    using Noise = std::remove_pointer_t<decltype(type)>;
    perturb_rows_kernel<Noise>
        <<<blocks_for(pieces), threads_per_block, 0, static_cast<cudaStream_t>(stream)>>>(
            table.entries + tensor, term, factor, rows, row_count, out);
    return cudaGetLastError();
  });
}

}  // namespace trainbus::cuda
