// An orthogonalised update of low rank (ZO-Muon, arXiv 2602.17155, algorithm 1): the directions of
// a step share V, and what they say together, Σ gᵢUᵢ, is made orthogonal before θ moves along it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/directions/low_rank_direction.hpp"
#include "engine/optimizer.hpp"

namespace trainbus::mezo {

// The directions of a step, whose matrices have one V, kept for `refresh` steps, and a U each. They
// are low-rank directions that count directions as steps: number i of step t, of D, is step D·t + i
// and keeps its V for D·refresh. Throws UsageError where D·t does not fit 32 bits.
std::unique_ptr<LowRankDirection> shared_subspace_direction(const Parameters& parameters,
                                                            LowRankOptions options,
                                                            std::uint64_t step, std::size_t number,
                                                            std::size_t directions);

// One term of the update, lr·gᵢ·zᵢ, of a direction of shared_subspace_direction. All terms
// together:
//
//   G = Σ gᵢUᵢ [rows, r],   θ ← (1 − ηλ)θ − η · G(GᵀG)^(−½) · Vᵀ/√columns
//
// and for a vector, a matrix of one column, θ ← θ − η · G/‖G‖. So a matrix moves by √r, whatever
// its size and the lengths gᵢ; directions of which G has nothing stay as they are, all of them if
// every gᵢ is 0. V/√columns has nearly orthonormal columns if it has many more rows; ZO-Muon makes
// them so by a QR decomposition. (GᵀG)^(−½) is r × r and computed in float64 by plain loops, in the
// order of the rows: the bits depend on neither threads nor processor. Memory: two factors [rows,
// r] of float32, of one matrix at a time.
class OrthogonalTerm final : public Direction {
 public:
  // The direction must outlive it. lr: η of the step.
  OrthogonalTerm(const LowRankDirection& z, double lr) : z_(z), lr_(lr) {}

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
              float decay) const override;

 private:
  const LowRankDirection& z_;
  double lr_;
};

// G(GᵀG)^(−½), the orthogonal factor of the polar decomposition of G [rows, rank], row-major, in
// place: its singular values become 1, those that are 0 or next to it stay so. By Newton–Schulz
// iterations x(15 − 10x² + 3x⁴)/8 on the r × r matrix, which begin at G/‖G‖.
void orthogonalise(float* g, std::int64_t rows, std::int64_t rank);

}  // namespace trainbus::mezo
