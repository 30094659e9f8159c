#include "kernels/perturb.hpp"

#include <string>

#include "core/error.hpp"
#include "kernels/parallel.hpp"
#include "kernels/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

[[noreturn]] void refuse_row(std::int64_t row, const Shape& shape) {
  throw RunError("row " + std::to_string(row) + " was asked of a matrix of " +
                     std::to_string(shape.rows()) + " rows",
                 "kernels", "Check that tokenizer and model belong together.");
}

void check_matrix(const Shape& shape) {
  if (shape.is_vector())
    throw RunError(
        "rows were asked of a vector of " + std::to_string(shape.columns()) + " elements",
        "kernels", "Rows can be taken of matrices only.");
}

}  // namespace

void perturb(const float* theta, float* out, const Shape& shape, TensorId tensor,
             const Direction& direction, float scale) {
  axpy_rows(z_source(direction, tensor), direction.distribution, {scale, 1}, shape, theta, out, 0,
            shape.rows());
}

void perturb_row_range(const float* theta, float* out, const Shape& shape, TensorId tensor,
                       const Direction& direction, float scale, std::int64_t row_begin,
                       std::int64_t row_end) {
  check_matrix(shape);
  if (row_begin < 0 || row_begin > row_end) refuse_row(row_begin, shape);
  if (row_end > shape.rows()) refuse_row(row_end - 1, shape);
  axpy_rows(z_source(direction, tensor), direction.distribution, {scale, 1}, shape,
            theta + row_begin * shape.columns(), out, row_begin, row_end);
}

void perturb_rows(const float* theta, float* out, const Shape& shape, TensorId tensor,
                  const Direction& direction, float scale, std::span<const std::int64_t> rows) {
  check_matrix(shape);
  for (std::int64_t row : rows)
    if (row < 0 || row >= shape.rows()) refuse_row(row, shape);
  const ZSource source = z_source(direction, tensor);
  const std::int64_t columns = shape.columns();
  const auto count = static_cast<std::int64_t>(rows.size());
  parallel_pieces(0, count, rows_per_piece(columns), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t row = rows[static_cast<std::size_t>(i)];
      axpy_rows(source, direction.distribution, {scale, 1}, shape, theta + row * columns,
                out + i * columns, row, row + 1);
    }
  });
}

}  // namespace trainbus::kernels
