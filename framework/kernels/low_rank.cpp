#include "kernels/low_rank.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/perturb.hpp"
#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

constexpr std::int64_t widest_vector = 16;

// [columns, rank] to [rank, stride].
std::vector<float> transposed(const float* v, std::int64_t columns, std::int64_t rank,
                              std::int64_t stride) {
  std::vector<float> t(static_cast<std::size_t>(rank * stride));
  for (std::int64_t j = 0; j < rank; ++j)
    for (std::int64_t k = 0; k < columns; ++k)
      t[static_cast<std::size_t>(j * stride + k)] = v[k * rank + j];
  return t;
}

}  // namespace

void fill_normals(const Direction& direction, TensorId tensor, std::int64_t count, float* out) {
  Direction gaussian = direction;
  gaussian.distribution = Distribution::Gaussian;
  const Shape shape = Shape::vector(count);
  std::fill_n(out, count, 0.0f);
  perturb(out, out, shape, tensor, gaussian, 1);
}

void low_rank_update(const Stored& theta, const Shape& shape, const float* u, const float* v,
                     std::int64_t rank, float coefficient, float decay) {
  if (shape.is_vector() || rank < 0)
    throw RunError("an update of rank " + std::to_string(rank) + " was asked of a " +
                       (shape.is_vector() ? "vector" : "matrix"),
                   "kernels", "Low-rank updates are for matrices, by ranks from 0 on.");
  const std::int64_t columns = shape.columns(), stride = columns + widest_vector;
  const std::vector<float> right = transposed(v, columns, rank, stride);
  std::vector<float> left(static_cast<std::size_t>(shape.rows() * rank));
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = -(coefficient * u[i]);
  const KernelTable& table = kernel_table();
  parallel_pieces(
      0, shape.rows(), rows_per_piece(columns), [&](std::int64_t from, std::int64_t to) {
        table.low_rank_update({to - from, columns, rank, 1 - decay, left.data() + from * rank,
                               right.data(), stride, advanced(theta, from * columns)});
      });
}

}  // namespace trainbus::kernels
