// The matrix product of linear layers, Y = X Wᵀ, for a W that need not exist as a whole: each slice
// of its rows is made when it is needed, multiplied while it is in the cache, and discarded. So
// MeZO's perturbed weights cost no memory and little time.
//
// float32. Each output is summed in an order that depends on K and the instruction set only: the
// bits do not depend on the number of threads, nor on how W is sliced. Runs on OpenMP's threads.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// Where W's rows come from. Called on several threads at a time; must not throw.
class TRAINBUS_EXPORT MatrixRows {
 public:
  virtual ~MatrixRows();
  // Rows [begin, end) of each side's W: those of side s at side[s], [end - begin, K] contiguous.
  // side[s] may point into the matrix itself, or into scratch, which has room for
  // [S, end - begin, K].
  virtual void rows(std::int64_t begin, std::int64_t end, float* scratch,
                    const float** side) const = 0;

  // Writes rows [begin, end) of each side's W directly as the product's panels, if that is faster
  // than rows(); returns false if not.
  virtual bool panels(std::int64_t begin, std::int64_t end, float* const* side) const;

  struct Memory {
    const void* begin = nullptr;
    std::int64_t bytes = 0;
    bool bfloat16 = false;  // what is there: bfloat16 patterns
  };
  // The memory that rows(begin, end, …) will read, if it is contiguous: it is prefetched while the
  // slice before is multiplied.
  virtual Memory source(std::int64_t begin, std::int64_t end) const;
  // Whether W is what lies in that memory, if it is float32 or bfloat16: then the product of a few
  // tokens may read it there.
  virtual bool is_source() const { return false; }
};

struct ProductShape {
  // S, 1 or 2: products of one shape, whose slices of W are made together.
  std::int64_t sides = 1;
  std::int64_t tokens = 0;   // M
  std::int64_t outputs = 0;  // N, rows of W
  std::int64_t inputs = 0;   // K
};

// y [S, M, N] = x [S, M, K] Wᵀ, plus what y holds if accumulate, plus bias [S, N] if not null. x
// and y do not overlap. Throws RunError for another number of sides.
TRAINBUS_EXPORT void product(const ProductShape& shape, const float* x, const MatrixRows& w,
                             const float* bias, bool accumulate, float* y);

}  // namespace trainbus::kernels
