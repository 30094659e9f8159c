#include "kernels/z_tensor.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "kernels/parallel.hpp"

namespace trainbus::kernels {
namespace {

// Floats a thread takes at once: large against the cost of starting threads, small against the
// caches.
constexpr std::int64_t grain = 32768;

}  // namespace

ZSource z_source(const Direction& d, TensorId tensor) {
  if (tensor == not_a_tensor)
    throw RunError("tensor number 65535 was asked for its z, but it is kept for other randomness",
                   "kernels", "A model can have at most 65535 parameter tensors.");
  return {{static_cast<std::uint32_t>(d.seed), static_cast<std::uint32_t>(d.seed >> 32)},
          tensor | static_cast<std::uint32_t>(d.direction) << 16,
          d.step};
}

void axpy_rows(const ZSource& source, Distribution distribution, const ZAxpy& axpy,
               const Shape& shape, const float* theta, float* out, std::int64_t row_begin,
               std::int64_t row_end) {
  const KernelTable& table = kernel_table();
  const std::int64_t columns = shape.columns();
  if (columns == 0) return;
  if (distribution == Distribution::Rademacher && !shape.is_vector()) {
    const std::int64_t rows = std::max<std::int64_t>(16, grain / columns / 16 * 16);
    parallel_pieces(row_begin, row_end, rows, [&](std::int64_t from, std::int64_t to) {
      const std::int64_t at = (from - row_begin) * columns;
      table.sign_rows(source, axpy, theta + at, out + at, columns, from, to);
    });
    return;
  }
  const auto range =
      distribution == Distribution::Rademacher ? table.sign_range : table.normal_range;
  const std::int64_t begin = row_begin * columns;
  parallel_pieces(begin, row_end * columns, grain, [&](std::int64_t from, std::int64_t to) {
    range(source, axpy, theta + (from - begin), out + (from - begin),
          static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to));
  });
}

}  // namespace trainbus::kernels
