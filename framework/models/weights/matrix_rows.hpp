// Sources of a linear layer's rows for the matrix product: several parameters stacked by rows, each
// slice made when it is needed. See kernels/product.hpp.
#pragma once

#include <span>
#include <utility>

#include "kernels/product.hpp"
#include "models/weights/direction.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// Matrices of equal width, stacked by rows.
class StackedMatrices {
 public:
  StackedMatrices(const Parameters& parameters, std::span<const ParameterId> ids)
      : parameters_(parameters), ids_(ids) {}

  std::int64_t rows() const;
  std::int64_t columns() const { return parameters_[ids_.front()].value.size(1); }
  // The values of rows [begin, end) as forwards read them, if they are of one matrix.
  kernels::MatrixRows::Memory memory(std::int64_t begin, std::int64_t end) const;
  // Calls each(id, first row, last row + 1, rows before) for the parts of rows [begin, end).
  template <class Each>
  void for_parts(std::int64_t begin, std::int64_t end, const Each& each) const;
  const Parameters& parameters() const { return parameters_; }

 private:
  const Parameters& parameters_;
  std::span<const ParameterId> ids_;
};

// θ: in place, or widened to float32.
class PlainRows final : public kernels::MatrixRows {
 public:
  explicit PlainRows(const StackedMatrices& matrices) : matrices_(matrices) {}
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override;
  Memory source(std::int64_t begin, std::int64_t end) const override {
    return matrices_.memory(begin, end);
  }
  bool is_source() const override;

 private:
  const StackedMatrices& matrices_;
};

// θ + scale·z.
class PerturbedRows final : public kernels::MatrixRows {
 public:
  PerturbedRows(const StackedMatrices& matrices, const Direction& direction, float scale)
      : matrices_(matrices), direction_(direction), scale_(scale) {}
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override;
  bool panels(std::int64_t begin, std::int64_t end, float* const* side) const override;
  Memory source(std::int64_t begin, std::int64_t end) const override {
    return matrices_.memory(begin, end);
  }

 private:
  const StackedMatrices& matrices_;
  const Direction& direction_;
  float scale_;
};

// θ + scale·z in memory for the whole stack: each slice is written there when it is needed, so that
// θ is read from memory while the slice before it is multiplied.
class ScratchRows final : public kernels::MatrixRows {
 public:
  // memory: [rows, columns] float32, the caller's.
  ScratchRows(const StackedMatrices& matrices, const Direction& direction, float scale,
              float* memory)
      : matrices_(matrices), perturbed_(matrices, direction, scale), memory_(memory) {}
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override;
  Memory source(std::int64_t begin, std::int64_t end) const override {
    return matrices_.memory(begin, end);
  }

 private:
  const StackedMatrices& matrices_;
  const PerturbedRows perturbed_;
  float* memory_;
};

// θ + scale·z for the first side, θ − scale·z for the second.
class BothRows final : public kernels::MatrixRows {
 public:
  BothRows(const StackedMatrices& matrices, const Direction& direction, float scale)
      : matrices_(matrices), direction_(direction), scale_(scale) {}
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override;
  bool panels(std::int64_t begin, std::int64_t end, float* const* side) const override;
  Memory source(std::int64_t begin, std::int64_t end) const override {
    return matrices_.memory(begin, end);
  }

 private:
  const StackedMatrices& matrices_;
  const Direction& direction_;
  float scale_;
};

// A tensor [S, N, K]: a matrix for each side.
class TensorRows final : public kernels::MatrixRows {
 public:
  explicit TensorRows(at::Tensor matrices) : matrices_(std::move(matrices)) {}
  void rows(std::int64_t begin, std::int64_t end, float* scratch,
            const float** side) const override;

 private:
  at::Tensor matrices_;
};

}  // namespace trainbus
