// The dual linear's main kernel. A block computes 128 outputs by tile_rows rows of both sides: the
// weights are the register operand of the products, X+ and X− the ones in shared memory. One thread
// copies tiles, two warpgroups of 64 outputs multiply. A cluster of two blocks has 256 outputs and
// shares the tiles of X: each block copies a half of them to both.
//
// The registers of a product's weight operand hold, in order, exactly the elements whose signs are
// bits 2j, 2j + 1 (and 16 more) of a word of the lane's Philox block: one block makes the signs of
// 16 rows by 256 columns for a lane (see kernels/direction.hpp).
#pragma once

#include "cuda/dual_epilogue.cuh"
#include "cuda/philox.cuh"

namespace trainbus::cuda {

template <int tile_rows>
constexpr int dual_stages = tile_rows == 128 ? 4 : 6;
template <int tile_rows>
constexpr int stage_bytes = (dual_tile_outputs + 2 * tile_rows) * dual_depth * 2;
template <int tile_rows>
constexpr int dual_shared_bytes =
    dual_stages<tile_rows>* stage_bytes<tile_rows> + staged_bytes + 1024;
constexpr int dual_threads = consumers + warpgroup_size;  // the first warpgroup copies

#if TRAINBUS_HOPPER

// Both sides of a step's weights, as operands.
struct Fragments {
  std::uint32_t plus[4][4], minus[4][4];
};

template <int cluster, int tile_rows>
class DualBlock {
 public:
  // shared: dual_shared_bytes, aligned to 1024.
  __device__ DualBlock(const DualTask& task, std::uint32_t shared, std::uint32_t barriers)
      : task_(task),
        plan_(task.plan),
        tiles_(shared),
        staged_(shared + stages * stage_bytes<tile_rows>),
        full_(barriers),
        empty_(barriers + 8 * stages),
        worker_(static_cast<int>(blockIdx.x) / cluster),
        rank_(cluster == 1 ? 0 : hopper::block_rank()) {}

  // One thread.
  __device__ void initialize() const {
    for (int i = 0; i < stages; ++i) {
      hopper::init_barrier(full_at(i), 1);
      hopper::init_barrier(empty_at(i), 2 * cluster);
    }
    hopper::publish_barriers();
  }

  // One thread: keeps the stages full.
  __device__ void copy_tiles(const CUtensorMap* weight, const CUtensorMap* x_plus,
                             const CUtensorMap* x_minus) const {
    int i = 0, parity = 1;
    Piece piece;
    for (int number = 0; get_piece(plan_, worker_, number, piece); ++number) {
      const int row = first_row(piece);
      const int output = first_output(piece);
      for (int step = piece.begin; step < piece.end; ++step) {
        hopper::wait_for(empty_at(i), parity);
        hopper::arrive_expecting(full_at(i), stage_bytes<tile_rows>);
        const int column = step * dual_depth;
        hopper::copy_box(stage(i), weight, full_at(i), column, output);
        if constexpr (cluster == 1) {
          hopper::copy_box(x_plus_at(i), x_plus, full_at(i), column, row);
          hopper::copy_box(x_minus_at(i), x_minus, full_at(i), column, row);
        } else {
          constexpr std::uint16_t both = 3;
          const int mine = row + rank_ * (tile_rows / 2);
          const auto half = static_cast<std::uint32_t>(rank_ * (x_bytes / 2));
          hopper::copy_box_to(x_plus_at(i) + half, x_plus, full_at(i), column, mine, both);
          hopper::copy_box_to(x_minus_at(i) + half, x_minus, full_at(i), column, mine, both);
        }
        if (++i == stages) i = 0, parity ^= 1;
      }
    }
  }

  // Two warpgroups: multiply what the stages hold. consumer: the thread's number among them.
  __device__ __forceinline__ void multiply_tiles(int consumer) const {
    const Consumer me{consumer / warpgroup_size, consumer % warpgroup_size, consumer / 32 % 4,
                      consumer % 32};
    const Term term = *task_.layer.term;
    const std::uint32_t epsilon = bits_of(__float2bfloat162_rn(term.coefficient));
    const std::uint32_t c2 = task_.layer.tensor | static_cast<std::uint32_t>(term.direction) << 16;
    const int row_in_tile = me.group * 64 + me.warp * 16;
    const auto lane_row = static_cast<std::uint32_t>((row_in_tile + me.lane % 16) * 128);
    int i = 0, parity = 0;  // of the next stage
    // The warpgroups take turns, so that one makes fragments while the other's products run.
    if (me.group == 1) hopper::signal_threads(turn_of(0), consumers);

    Piece piece;
    for (int number = 0; get_piece(plan_, worker_, number, piece); ++number) {
      float plus[tile_rows / 2], minus[tile_rows / 2];
#pragma unroll
      for (int j = 0; j < tile_rows / 2; ++j) plus[j] = minus[j] = 0;
      const auto c0 = static_cast<std::uint32_t>(
          ((first_output(piece) + row_in_tile) / 16 * 8 + me.lane / 4) * 4 + me.lane % 4);
      uint4 signs;
      const auto prepare = [&](int step, Fragments& fragments) {
        const int word = step % 4;
        if (word == 0 || step == piece.begin)
          signs = philox(make_uint4(c0, static_cast<std::uint32_t>(step / 4), c2, term.step),
                         static_cast<std::uint32_t>(term.seed),
                         static_cast<std::uint32_t>(term.seed >> 32));
        hopper::wait_for(full_at(i), parity);
        make(fragments, stage(i) + lane_row, me.lane,
             word == 0   ? signs.x
             : word == 1 ? signs.y
             : word == 2 ? signs.z
                         : signs.w,
             epsilon);
      };
      // The products of a step; then the stage of the step before is free.
      const auto multiply = [&](int step, const Fragments& fragments) {
        const std::uint64_t x_plus = hopper::operand_at(x_plus_at(i)),
                            x_minus = hopper::operand_at(x_minus_at(i));
        hopper::synchronize_threads(turn_of(me.group), consumers);
        hopper::begin_products();
#pragma unroll
        for (int k = 0; k < 4; ++k) {
          hopper::multiply(plus, fragments.plus[k], x_plus + static_cast<unsigned>(2 * k));
          hopper::multiply(minus, fragments.minus[k], x_minus + static_cast<unsigned>(2 * k));
          if (k == 1) hopper::signal_threads(turn_of(1 - me.group), consumers);
        }
        hopper::commit_products();
        hopper::wait_for_products<1>();
        if (step != piece.begin) release(i == 0 ? stages - 1 : i - 1, me);
        if (++i == stages) i = 0, parity ^= 1;
      };
      Fragments even, odd;
      prepare(piece.begin, even);
      for (int step = piece.begin; step < piece.end; step += 2) {
        multiply(step, even);
        if (step + 1 == piece.end) break;
        prepare(step + 1, odd);
        multiply(step + 1, odd);
        if (step + 2 < piece.end) prepare(step + 2, even);
      }
      hopper::wait_for_products<0>();
      release(i == 0 ? stages - 1 : i - 1, me);
      if (piece.slot < 0) {
        write(piece, plus, minus, me);
      } else {
        keep(piece, 0, plus, me);
        keep(piece, 1, minus, me);
      }
    }
  }

 private:
  static constexpr int stages = dual_stages<tile_rows>;
  static constexpr int x_bytes = tile_rows * dual_depth * 2;
  static constexpr int chunks = tile_rows / chunk_rows;

  __device__ static int turn_of(int group) { return 4 + group; }  // a barrier's number
  __device__ std::uint32_t stage(int i) const {
    return tiles_ + static_cast<std::uint32_t>(i * stage_bytes<tile_rows>);
  }
  __device__ std::uint32_t x_plus_at(int i) const {
    return stage(i) + dual_tile_outputs * dual_depth * 2;
  }
  __device__ std::uint32_t x_minus_at(int i) const { return x_plus_at(i) + x_bytes; }
  __device__ std::uint32_t full_at(int i) const { return full_ + static_cast<unsigned>(8 * i); }
  __device__ std::uint32_t empty_at(int i) const { return empty_ + static_cast<unsigned>(8 * i); }
  __device__ int first_row(const Piece& piece) const {
    return piece.tile % plan_.row_tiles * tile_rows;
  }
  __device__ int first_output(const Piece& piece) const {
    return (piece.tile / plan_.row_tiles * cluster + rank_) * dual_tile_outputs;
  }

  // W ± εS of the warp's 16 rows by 64 columns. row: the lane's in shared memory. signs: the word
  // of the lane's Philox block for these columns.
  __device__ static __forceinline__ void make(Fragments& fragments, std::uint32_t row, int lane,
                                              std::uint32_t signs, std::uint32_t epsilon) {
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      std::uint32_t w[4];
      hopper::load_fragment(w, row + static_cast<unsigned>(((2 * k + lane / 16) ^ lane % 8) << 4));
#pragma unroll
      for (int q = 0; q < 4; ++q) {
        const int bit = 2 * (2 * k + q / 2) + q % 2;
        const __nv_bfloat162 e = pair_of((signs << (15 - bit) & 0x80008000u) ^ epsilon);
        fragments.plus[k][q] = bits_of(__hadd2(pair_of(w[q]), e));
        fragments.minus[k][q] = bits_of(__hsub2(pair_of(w[q]), e));
      }
    }
  }

  // The warpgroup is done with a stage: signals this to all blocks that copy to it.
  __device__ __forceinline__ void release(int i, const Consumer& me) const {
    if (me.thread >= cluster) return;
    hopper::arrive_at(empty_at(i), cluster == 1 ? rank_ : me.thread);
  }

  // Writes the sums to Y.
  __device__ __forceinline__ void write(const Piece& piece, const float (&plus)[tile_rows / 2],
                                        const float (&minus)[tile_rows / 2],
                                        const Consumer& me) const {
    const auto staged = staged_ + static_cast<unsigned>(me.group * (staged_bytes / 2));
#pragma unroll 1
    for (int turn = 0; turn < 2 * chunks; ++turn) {
#pragma unroll
      for (int chunk = 0; chunk < chunks; ++chunk) {
        if (turn == 2 * chunk) stage_chunk(plus + chunk * chunk_sums, me, staged);
        if (turn == 2 * chunk + 1) stage_chunk(minus + chunk * chunk_sums, me, staged);
      }
      write_chunk(turn % 2 == 1, task_.layer, first_row(piece) + turn / 2 * chunk_rows,
                  first_output(piece) + me.group * 64, me, staged);
    }
  }

  // Keeps the sums of a side for the second kernel.
  __device__ __forceinline__ void keep(const Piece& piece, int side,
                                       const float (&sums)[tile_rows / 2],
                                       const Consumer& me) const {
#pragma unroll
    for (int chunk = 0; chunk < chunks; ++chunk) {
      float4* const to = partial_sums(task_, piece.slot, rank_, side, chunk,
                                      me.group * warpgroup_size + me.thread);
#pragma unroll
      for (int j = 0; j < chunk_sums / 4; ++j) {
        const float* const four = sums + chunk * chunk_sums + 4 * j;
        to[j * consumers] = make_float4(four[0], four[1], four[2], four[3]);
      }
    }
  }

  const DualTask& task_;
  const DualPlan& plan_;
  const std::uint32_t tiles_, staged_, full_, empty_;  // addresses in shared memory
  const int worker_;
  const int rank_;
};
#endif

template <int cluster, int tile_rows>
__global__ void __launch_bounds__(dual_threads, 1)
    dual_kernel(const __grid_constant__ CUtensorMap weight,
                const __grid_constant__ CUtensorMap x_plus,
                const __grid_constant__ CUtensorMap x_minus,
                const __grid_constant__ DualTask task) {
#if TRAINBUS_HOPPER
  extern __shared__ std::uint8_t room[];
  __shared__ alignas(8) std::uint64_t barriers[2 * dual_stages<tile_rows>];
  const DualBlock<cluster, tile_rows> block(task, (hopper::shared_address(room) + 1023) & ~1023u,
                                            hopper::shared_address(barriers));
  if (threadIdx.x == 0) block.initialize();
  __syncthreads();
  if (cluster > 1) hopper::synchronize_cluster();
  if (threadIdx.x < warpgroup_size) {
    hopper::give_registers_back<24>();
    if (threadIdx.x == 0) block.copy_tiles(&weight, &x_plus, &x_minus);
  } else {
    hopper::take_registers<240>();
    block.multiply_tiles(static_cast<int>(threadIdx.x) - warpgroup_size);
  }
  // A block must not exit while the other one may still write to its shared memory.
  if (cluster > 1) hopper::synchronize_cluster();
#endif
}

// Adds up the parts of a chunk of a tile that was cut, and writes it to Y. Grid: tiles that were
// cut, blocks of a cluster, sides and chunks.
template <int tile_rows>
__global__ void __launch_bounds__(consumers)
    dual_finish_kernel(const __grid_constant__ DualTask task) {
#if TRAINBUS_HOPPER
  __shared__ alignas(16) std::uint8_t staged[staged_bytes];
  const DualPlan& plan = task.plan;
  constexpr int chunks = tile_rows / chunk_rows;
  const int consumer = static_cast<int>(threadIdx.x), rank = static_cast<int>(blockIdx.y);
  const int side = static_cast<int>(blockIdx.z) / chunks,
            chunk = static_cast<int>(blockIdx.z) % chunks;
  const Consumer me{consumer / warpgroup_size, consumer % warpgroup_size, consumer / 32 % 4,
                    consumer % 32};
  // Two workers' parts are on their way at a time.
  float sums[chunk_sums] = {};
  float4 waiting[chunk_sums / 4] = {};
  bool any = false;
  const auto add_waiting = [&] {
#pragma unroll
    for (int j = 0; j < chunk_sums / 4; ++j) add_four(sums + 4 * j, waiting[j]);
  };
  for_slots(plan, static_cast<int>(blockIdx.x), [&](int slot) {
    const float4* const from = partial_sums(task, slot, rank, side, chunk, consumer);
    float4 next[chunk_sums / 4];
#pragma unroll
    for (int j = 0; j < chunk_sums / 4; ++j) next[j] = from[j * consumers];
    add_waiting();
#pragma unroll
    for (int j = 0; j < chunk_sums / 4; ++j) waiting[j] = next[j];
    any = true;
  });
  if (!any) return;
  add_waiting();
  const int tile = plan.whole_tiles + static_cast<int>(blockIdx.x);
  const auto mine =
      hopper::shared_address(staged) + static_cast<unsigned>(me.group * (staged_bytes / 2));
  stage_chunk(sums, me, mine);
  write_chunk(side == 1, task.layer, tile % plan.row_tiles * tile_rows + chunk * chunk_rows,
              (tile / plan.row_tiles * plan.cluster + rank) * dual_tile_outputs + me.group * 64, me,
              mine);
#endif
}

}  // namespace trainbus::cuda
