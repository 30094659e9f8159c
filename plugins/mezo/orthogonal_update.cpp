#include "orthogonal_update.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "core/io/error.hpp"
#include "kernels/low_rank.hpp"
#include "kernels/update.hpp"

namespace trainbus::mezo {
namespace {

using Square = std::vector<double>;  // [r, r], symmetric

// Singular values below ‖G‖/2000 or so do not reach 1 in as many: each iteration multiplies small
// ones by 15/8.
constexpr int iterations = 16;

Square product(const Square& a, const Square& b, std::size_t r) {
  Square c(r * r);
  for (std::size_t i = 0; i < r; ++i)
    for (std::size_t k = 0; k < r; ++k)
      for (std::size_t j = 0; j < r; ++j) c[i * r + j] += a[i * r + k] * b[k * r + j];
  return c;
}

Square gram(const float* g, std::int64_t rows, std::size_t r) {
  Square out(r * r);
  for (std::int64_t n = 0; n < rows; ++n, g += r)
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < r; ++j) out[i * r + j] += double{g[i]} * double{g[j]};
  return out;
}

// Σ cᵢUᵢ [rows, r] of a matrix, or Σ cᵢzᵢ of a vector, which is made as a U of rank 1.
std::vector<float> sum_of(std::span<const kernels::Term> terms, ParameterId id,
                          std::int64_t count) {
  std::vector<float> sum(static_cast<std::size_t>(count)), u(sum.size());
  for (const kernels::Term& term : terms) {
    kernels::fill_normals(term.direction, id, count, u.data());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += term.coefficient * u[i];
  }
  return sum;
}

double norm_of(const std::vector<float>& numbers) {
  double squares = 0;
  for (const float x : numbers) squares += double{x} * double{x};
  return std::sqrt(squares);
}

}  // namespace

std::unique_ptr<LowRankDirection> shared_subspace_direction(const Parameters& parameters,
                                                            LowRankOptions options,
                                                            std::uint64_t step, std::size_t number,
                                                            std::size_t directions) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  if (step >= most / directions)
    throw UsageError("step " + std::to_string(step + 1) + " of " + std::to_string(directions) +
                         " directions was reached, and an orthogonal update has at most " +
                         std::to_string(most) + " directions in a run",
                     "mezo.orthogonal", "Leave it out, or give fewer directions or steps.");
  options.step = static_cast<std::uint32_t>(step * directions + number);
  options.refresh = static_cast<std::uint32_t>(
      directions * std::min<std::uint64_t>(options.refresh, most / directions));
  options.direction = 0;
  return std::make_unique<LowRankDirection>(parameters, options);
}

void orthogonalise(float* g, std::int64_t rows, std::int64_t rank) {
  const auto r = static_cast<std::size_t>(rank);
  Square a = gram(g, rows, r), factor(r * r);
  double squares = 0;
  for (std::size_t i = 0; i < r; ++i) squares += a[i * r + i];
  if (squares == 0) return;
  for (double& x : a) x /= squares;  // XᵀX of X = G/‖G‖
  for (std::size_t i = 0; i < r; ++i) factor[i * r + i] = 1 / std::sqrt(squares);
  // All of them are polynomials of GᵀG and commute.
  for (int k = 0; k < iterations; ++k) {
    Square q = product(a, a, r);
    for (std::size_t i = 0; i < q.size(); ++i) q[i] = (3 * q[i] - 10 * a[i]) / 8;
    for (std::size_t i = 0; i < r; ++i) q[i * r + i] += 15.0 / 8;
    factor = product(factor, q, r);
    a = product(product(a, q, r), q, r);
  }
  std::vector<double> row(r);
  for (std::int64_t n = 0; n < rows; ++n, g += r) {
    std::ranges::fill(row, 0.0);
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < r; ++j) row[j] += double{g[i]} * factor[i * r + j];
    for (std::size_t j = 0; j < r; ++j) g[j] = static_cast<float>(row[j]);
  }
}

void OrthogonalTerm::update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                            float decay) const {
  std::vector<kernels::Term> parts;
  for (const Term& term : terms)
    parts.push_back(
        {static_cast<const OrthogonalTerm*>(term.z)->z_.u_direction(), term.coefficient});
  const kernels::Shape shape = kernel_shape(theta.value);
  if (shape.is_vector()) {
    const double norm = norm_of(sum_of(parts, id, shape.columns()));
    for (kernels::Term& part : parts)
      part.coefficient = norm == 0 ? 0 : static_cast<float>(part.coefficient * (lr_ / norm));
    return kernels::update(theta.stored(), shape, id, parts, decay);
  }
  std::vector<float> sum = sum_of(parts, id, shape.rows() * z_.rank());
  orthogonalise(sum.data(), shape.rows(), z_.rank());
  const auto length = static_cast<float>(lr_ / std::sqrt(static_cast<double>(shape.columns())));
  const at::Tensor v = z_.v(id);
  kernels::low_rank_update(theta.stored(), shape, sum.data(), v.const_data_ptr<float>(), z_.rank(),
                           length, decay);
}

// Losses are computed along z itself.
void OrthogonalTerm::perturb(const Parameter& theta, ParameterId id, float scale,
                             float* out) const {
  z_.perturb(theta, id, scale, out);
}

void OrthogonalTerm::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                   std::int64_t begin, std::int64_t end, float* out) const {
  z_.perturb_range(theta, id, scale, begin, end, out);
}

void OrthogonalTerm::perturb_rows(const Parameter& theta, ParameterId id,
                                  std::span<const std::int64_t> rows, float scale,
                                  float* out) const {
  z_.perturb_rows(theta, id, rows, scale, out);
}

}  // namespace trainbus::mezo
