#include "kernels/perturb.hpp"

#include <string>

#include "core/io/error.hpp"
#include "kernels/simd/z_tensor.hpp"

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

void check_rows(const Shape& shape, std::int64_t row_begin, std::int64_t row_end) {
  check_matrix(shape);
  if (row_begin < 0 || row_begin > row_end) refuse_row(row_begin, shape);
  if (row_end > shape.rows()) refuse_row(row_end - 1, shape);
}

// The task's members that all parts of a tensor share, for the first element of the tensor.
PerturbTask task_for(const ConstStored& theta, const Shape& shape, TensorId tensor,
                     const Direction& direction, float scale, float magnitude_limit) {
  return {region_of(shape, direction.distribution == Distribution::Rademacher, 0, shape.rows()),
          {z_source(direction, tensor), direction.distribution, scale, share_of(direction, shape),
           nullptr},
          is_limited(magnitude_limit),
          magnitude_limit,
          only_read(forward_part(theta)),
          nullptr,
          nullptr};
}

// Rows [row_begin, row_end) to out_plus and, unless that is null, out_minus.
void perturb_range(const PerturbTask& whole, const Shape& shape, std::int64_t row_begin,
                   std::int64_t row_end, float* out_plus, float* out_minus) {
  const std::int64_t first = row_begin * shape.columns();
  const std::int64_t count = (row_end - row_begin) * shape.columns();
  if (whole.term.scale == 0) {
    for (float* out : {out_plus, out_minus})
      if (out) load(advanced(whole.theta, first), out, count);
    return;
  }
  const KernelTable& table = kernel_table();
  const Region region = region_of(shape, whole.region.tiled, row_begin, row_end);
  for_parts(region, [&](const Region& part, std::int64_t offset) {
    PerturbTask task = whole;
    task.region = part;
    task.theta = advanced(whole.theta, first + offset);
    task.out = out_plus + offset;
    task.out_minus = out_minus ? out_minus + offset : nullptr;
    table.perturb(task);
  });
}

}  // namespace

void perturb(const ConstStored& theta, float* out, const Shape& shape, TensorId tensor,
             const Direction& direction, float scale, float magnitude_limit) {
  perturb_range(task_for(theta, shape, tensor, direction, scale, magnitude_limit), shape, 0,
                shape.rows(), out, nullptr);
}

void perturb_row_range(const ConstStored& theta, float* out, const Shape& shape, TensorId tensor,
                       const Direction& direction, float scale, std::int64_t row_begin,
                       std::int64_t row_end, float magnitude_limit) {
  check_rows(shape, row_begin, row_end);
  perturb_range(task_for(theta, shape, tensor, direction, scale, magnitude_limit), shape, row_begin,
                row_end, out, nullptr);
}

bool perturb_panel(const ConstStored& theta, float* panel, const Shape& shape, TensorId tensor,
                   const Direction& direction, float scale, std::int64_t row_begin,
                   std::int64_t row_end, float magnitude_limit) {
  return perturb_both_panels(theta, panel, nullptr, shape, tensor, direction, scale, row_begin,
                             row_end, magnitude_limit);
}

bool perturb_both_panels(const ConstStored& theta, float* plus, float* minus, const Shape& shape,
                         TensorId tensor, const Direction& direction, float scale,
                         std::int64_t row_begin, std::int64_t row_end, float magnitude_limit) {
  const KernelTable& table = kernel_table();
  const std::int64_t columns = shape.columns();
  const bool short_cut = theta.format == Format::Float32 && !is_limited(magnitude_limit) &&
                         direction.distribution == Distribution::Rademacher && scale != 0 &&
                         row_end - row_begin == table.panel_width && row_begin % 16 == 0 &&
                         columns % table.panel_block == 0;
  if (!short_cut) return false;
  check_rows(shape, row_begin, row_end);
  table.pack_sign_panel(task_for(theta, shape, tensor, direction, scale, magnitude_limit).term,
                        static_cast<const float*>(theta.values) + row_begin * columns, row_begin,
                        columns, plus, minus);
  return true;
}

void perturb_rows(const ConstStored& theta, float* out, const Shape& shape, TensorId tensor,
                  const Direction& direction, float scale, std::span<const std::int64_t> rows,
                  float magnitude_limit) {
  check_matrix(shape);
  for (std::int64_t row : rows)
    if (row < 0 || row >= shape.rows()) refuse_row(row, shape);
  const PerturbTask task = task_for(theta, shape, tensor, direction, scale, magnitude_limit);
  const std::int64_t columns = shape.columns();
  const auto count = static_cast<std::int64_t>(rows.size());
  parallel_pieces(0, count, rows_per_piece(columns), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t row = rows[static_cast<std::size_t>(i)];
      perturb_range(task, shape, row, row + 1, out + i * columns, nullptr);
    }
  });
}

void perturb_both(const ConstStored& theta, float* out_plus, float* out_minus, const Shape& shape,
                  TensorId tensor, const Direction& direction, float scale, float magnitude_limit) {
  perturb_range(task_for(theta, shape, tensor, direction, scale, magnitude_limit), shape, 0,
                shape.rows(), out_plus, out_minus);
}

void perturb_both_row_range(const ConstStored& theta, float* out_plus, float* out_minus,
                            const Shape& shape, TensorId tensor, const Direction& direction,
                            float scale, std::int64_t row_begin, std::int64_t row_end,
                            float magnitude_limit) {
  check_rows(shape, row_begin, row_end);
  perturb_range(task_for(theta, shape, tensor, direction, scale, magnitude_limit), shape, row_begin,
                row_end, out_plus, out_minus);
}

}  // namespace trainbus::kernels
