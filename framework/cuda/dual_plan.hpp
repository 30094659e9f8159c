// How a dual linear is cut for the device's multiprocessors. Plain C++17, no CUDA.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define TRAINBUS_ON_BOTH __host__ __device__
#else
#define TRAINBUS_ON_BOTH
#endif

namespace trainbus::cuda {

constexpr int dual_tile_outputs = 128;  // of a block
constexpr int dual_depth = 64;          // of the K range, a step

// A tile is what a cluster of blocks computes: cluster·128 outputs by tile_rows rows, of both
// sides. Workers (clusters) take whole tiles in turn while there are enough for all of them. The
// tiles that are left are cut along K into equal shares, one a worker: these are summed in float32
// in the workspace, and a second kernel finishes them.
struct DualPlan {
  int cluster;    // blocks
  int tile_rows;  // 64 or 128
  int workers;
  int row_tiles, tiles;
  int steps;        // of a tile: K/64
  int whole_tiles;  // not cut
  int share;        // steps a worker does of the tiles that are cut, 0 if there are none

  TRAINBUS_ON_BOTH int cut_tiles() const { return tiles - whole_tiles; }
  // A worker's share is a part of at most two tiles, each with a slot of its own.
  int slots() const { return share == 0 ? 0 : 2 * workers; }
  std::int64_t slot_floats() const {
    return std::int64_t{2} * cluster * dual_tile_outputs * tile_rows;
  }
};

// A part of a tile's K range.
struct Piece {
  int tile;
  int begin, end;  // steps
  int slot;        // for the partial sums, -1 if the piece is a whole tile
};

// A worker's number-th piece: first whole tiles, then its share of those that are cut, so that
// partial sums are still in the cache when the second kernel reads them. False when there are no
// more.
TRAINBUS_ON_BOTH inline bool get_piece(const DualPlan& plan, int worker, int number, Piece& piece) {
  piece = {worker + number * plan.workers, 0, plan.steps, -1};
  if (piece.tile < plan.whole_tiles) return true;
  if (plan.share == 0) return false;
  number -= plan.whole_tiles / plan.workers;  // of which all workers have as many
  const int begin = worker * plan.share, all = plan.cut_tiles() * plan.steps;
  const int end = begin + plan.share < all ? begin + plan.share : all;
  const int cut = begin / plan.steps + number;  // the tile's number among those that are cut
  const int start = cut * plan.steps, next = start + plan.steps;
  if (begin >= end || start >= end) return false;
  piece.tile = plan.whole_tiles + cut;
  piece.begin = start < begin ? begin - start : 0;
  piece.end = (end < next ? end : next) - start;
  if (piece.end - piece.begin < plan.steps) piece.slot = 2 * worker + number;
  return true;
}

// The slots that hold parts of the number-th tile that is cut, in the order of K: calls use(slot).
// None if one worker had the whole tile.
template <class Use>
TRAINBUS_ON_BOTH void for_slots(const DualPlan& plan, int number, const Use& use) {
  const int first = number * plan.steps / plan.share,
            last = ((number + 1) * plan.steps - 1) / plan.share;
  if (first == last) return;
  for (int worker = first; worker <= last; ++worker)
    use(2 * worker + number - worker * plan.share / plan.steps);
}

// rows, inputs, outputs: M, K, N. The plan depends on these and the device alone.
DualPlan plan_dual(std::int64_t rows, std::int64_t inputs, std::int64_t outputs,
                   int multiprocessors);

}  // namespace trainbus::cuda
