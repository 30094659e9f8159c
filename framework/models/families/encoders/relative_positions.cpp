#include "models/families/encoders/relative_positions.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

namespace trainbus {
namespace {

// Near distances have buckets of their own. Single precision, operation by operation as the
// published code has it: a bucket's border is a rounded logarithm.
at::Tensor buckets_of(const at::Tensor& distances, const RelativePositions& positions) {
  if (positions.buckets <= 0 || positions.farthest <= 0) return distances;
  const std::int64_t middle = positions.buckets / 2;
  const at::Tensor near = (distances < middle).logical_and(distances > -middle);
  const at::Tensor size = at::where(near, middle - 1, distances.abs()).to(at::kFloat);
  const double largest = static_cast<double>(positions.farthest - 1) / static_cast<double>(middle);
  const at::Tensor whole = at::log(at::tensor({static_cast<float>(largest)}));
  const at::Tensor far =
      at::ceil(at::log(size / middle) / whole * (middle - 1)) + static_cast<double>(middle);
  return at::where(size <= middle, distances.to(at::kFloat), far * at::sign(distances))
      .to(at::kLong);
}

}  // namespace

RelativeTable::RelativeTable(const RelativePositions& positions, std::int64_t length)
    : length_(length) {
  const at::Tensor distances = at::arange(1 - length, length, at::kLong);
  const at::Tensor wanted =
      (buckets_of(distances, positions) + positions.span).clamp(0, 2 * positions.span - 1);
  const std::int64_t first = wanted[0].item<std::int64_t>();
  rows_ = at::arange(first, wanted[-1].item<std::int64_t>() + 1, at::kLong);
  by_distance_ = wanted - first;
}

at::Tensor RelativeTable::by_pair(std::int64_t tokens) const {
  const at::Tensor place = at::arange(tokens, by_distance_.options());
  const at::Tensor distances = place.unsqueeze(1) - place.unsqueeze(0) + (length_ - 1);
  return at::index_select(by_distance_, 0, distances.flatten()).view({tokens, tokens});
}

RelativeTable RelativeTable::to(at::Device device) const {
  RelativeTable there = *this;
  there.rows_ = rows_.to(device);
  there.by_distance_ = by_distance_.to(device);
  return there;
}

const RelativeTable& RelativeTables::of(std::int64_t length, at::Device device) const {
  const std::pair key{length, device.is_cpu()};
  if (const auto found = tables_.find(key); found != tables_.end()) return found->second;
  return tables_.emplace(key, RelativeTable(positions_, length).to(device)).first->second;
}

}  // namespace trainbus
