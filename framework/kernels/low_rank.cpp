#include "kernels/low_rank.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

constexpr std::int64_t widest_vector = 16;
constexpr std::int64_t columns_together = 4096;  // V of 64 terms: 1 MiB a rank

// V of several terms, [terms · rank, stride].
class RightSide {
 public:
  RightSide(std::int64_t columns, std::int64_t rank, std::size_t terms)
      : columns_(columns),
        rank_(rank),
        stride_(columns + widest_vector),
        values_(static_cast<std::size_t>(rank * stride_) * terms) {}

  void set(std::size_t term, const float* v) {
    for (std::int64_t j = 0; j < rank_; ++j) {
      float* row = values_.data() + (static_cast<std::int64_t>(term) * rank_ + j) * stride_;
      for (std::int64_t k = 0; k < columns_; ++k) row[k] = v[k * rank_ + j];
    }
  }
  const float* data() const { return values_.data(); }
  std::int64_t stride() const { return stride_; }

 private:
  std::int64_t columns_, rank_, stride_;
  std::vector<float> values_;
};

void check(const Shape& shape, std::int64_t rank) {
  if (shape.is_vector() || rank < 0)
    throw RunError("an update of rank " + std::to_string(rank) + " was asked of a " +
                       (shape.is_vector() ? "vector" : "matrix"),
                   "kernels", "Low-rank updates are for matrices, by ranks from 0 on.");
}

// −coefficient·U of rows [from, to), [rows, terms · rank].
std::vector<float> left_side(std::span<const Factors> terms, TensorId tensor, std::int64_t rank,
                             std::int64_t from, std::int64_t to) {
  const std::int64_t rows = to - from, width = static_cast<std::int64_t>(terms.size()) * rank;
  std::vector<float> left(static_cast<std::size_t>(rows * width)),
      u(static_cast<std::size_t>(rows * rank));
  std::int64_t first = 0;
  for (const Factors& term : terms) {
    fill_normals(term.u, tensor, from * rank, to * rank, u.data());
    for (std::int64_t n = 0; n < rows; ++n)
      for (std::int64_t j = 0; j < rank; ++j)
        left[static_cast<std::size_t>(n * width + first + j)] =
            -(term.coefficient * u[static_cast<std::size_t>(n * rank + j)]);
    first += rank;
  }
  return left;
}

// Columns [first, last) of a pass.
void update_columns(const Stored& theta, const Shape& shape, TensorId tensor,
                    std::span<const Factors> terms, std::int64_t rank, float decay,
                    std::int64_t first, std::int64_t last) {
  RightSide right(last - first, rank, terms.size());
  std::vector<float> v(static_cast<std::size_t>((last - first) * rank));
  for (std::size_t i = 0; i < terms.size(); ++i) {
    fill_normals(terms[i].v, tensor, first * rank, last * rank, v.data());
    right.set(i, v.data());
  }
  const KernelTable& table = kernel_table();
  const std::int64_t width = static_cast<std::int64_t>(terms.size()) * rank;
  // Enough rows that making their U is worth a call.
  const std::int64_t grain = std::max<std::int64_t>(rows_per_piece(last - first), 64);
  parallel_pieces(0, shape.rows(), grain, [&](std::int64_t from, std::int64_t to) {
    const std::vector<float> left = left_side(terms, tensor, rank, from, to);
    table.low_rank_update({to - from, last - first, width, 1 - decay, left.data(), right.data(),
                           right.stride(), advanced(theta, from * shape.columns() + first),
                           shape.columns()});
  });
}

}  // namespace

void fill_normals(const Direction& direction, TensorId tensor, std::int64_t begin, std::int64_t end,
                  float* out) {
  Direction gaussian = direction;
  gaussian.distribution = Distribution::Gaussian;
  const PerturbTask whole{Region{false, 0, begin, end},
                          {z_source(gaussian, tensor), Distribution::Gaussian, 1,
                           share_of(gaussian, Shape::vector(end)), nullptr},
                          false,
                          std::numeric_limits<float>::infinity(),
                          Stored(Format::Float32, nullptr),
                          nullptr,
                          nullptr};
  std::fill_n(out, end - begin, 0.0f);
  const KernelTable& table = kernel_table();
  for_parts(whole.region, [&](const Region& part, std::int64_t offset) {
    PerturbTask task = whole;
    task.region = part;
    task.theta = Stored{Format::Float32, out + offset, nullptr};
    task.out = out + offset;
    table.perturb(task);
  });
}

void low_rank_update(const Stored& theta, const Shape& shape, TensorId tensor,
                     std::span<const Factors> terms, std::int64_t rank, float decay) {
  check(shape, rank);
  while (!terms.empty()) {
    const std::size_t now = std::min(low_rank_terms, terms.size());
    for (std::int64_t first = 0; first < shape.columns(); first += columns_together)
      update_columns(theta, shape, tensor, terms.first(now), rank, decay, first,
                     std::min(first + columns_together, shape.columns()));
    terms = terms.subspan(now);
    decay = 0;
  }
}

void low_rank_update(const Stored& theta, const Shape& shape, const float* u, const float* v,
                     std::int64_t rank, float coefficient, float decay) {
  check(shape, rank);
  const std::int64_t columns = shape.columns();
  RightSide right(columns, rank, 1);
  right.set(0, v);
  std::vector<float> left(static_cast<std::size_t>(shape.rows() * rank));
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = -(coefficient * u[i]);
  const KernelTable& table = kernel_table();
  parallel_pieces(0, shape.rows(), rows_per_piece(columns),
                  [&](std::int64_t from, std::int64_t to) {
                    table.low_rank_update({to - from, columns, rank, 1 - decay,
                                           left.data() + from * rank, right.data(), right.stride(),
                                           advanced(theta, from * columns), columns});
                  });
}

void add_low_rank_product(const LowRankProduct& product) {
  kernel_table().add_low_rank_product(product);
}

}  // namespace trainbus::kernels
