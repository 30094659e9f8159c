#include "projected_gradients.hpp"

#include <cmath>
#include <cstddef>

namespace trainbus::mezo {
namespace {

void compare_sides(std::span<const double> losses, const Options& o, ProjectedGradients& out) {
  const double eps = o.perturbation();
  for (std::size_t i = 0; i + 1 < losses.size(); i += 2) {
    out.g.push_back((losses[i] - losses[i + 1]) / (2 * eps));
    out.plus += losses[i] / static_cast<double>(o.directions);
    out.minus += losses[i + 1] / static_cast<double>(o.directions);
  }
}

void compare_with_mean(std::span<const double> losses, const Options& o, ProjectedGradients& out) {
  const auto count = static_cast<double>(losses.size());
  for (const double loss : losses) out.plus += loss / count;
  out.minus = out.plus;
  for (const double loss : losses)
    out.g.push_back(count / (count - 1) * ((loss - out.plus) / o.perturbation()));
}

}  // namespace

ProjectedGradients projected_gradients(std::span<const double> losses, const Options& options) {
  ProjectedGradients out;
  const bool both = options.sides == Sides::Both;
  both ? compare_sides(losses, options, out) : compare_with_mean(losses, options, out);
  const auto count = static_cast<double>(out.g.size());
  double squares = 0;
  for (const double x : out.g) squares += x * x;
  if (!both) squares *= (count - 1) / count;
  out.norm = out.g.size() == 1 ? out.g[0] : std::sqrt(squares / options.estimates_in_mean());
  return out;
}

}  // namespace trainbus::mezo
