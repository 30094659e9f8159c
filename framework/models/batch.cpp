#include "models/batch.hpp"

#include <ATen/ops/empty.h>

namespace trainbus {

at::Tensor token_positions(const Batch& batch) {
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const std::int64_t* prefixes =
      batch.prefixes.defined() ? batch.prefixes.const_data_ptr<std::int64_t>() : nullptr;
  const std::int64_t sequences = batch.offsets.numel() - 1;
  at::Tensor positions = at::empty({offsets[sequences]}, at::kLong);
  std::int64_t* next = positions.mutable_data_ptr<std::int64_t>();
  for (std::int64_t b = 0; b < sequences; ++b) {
    const std::int64_t prefix = prefixes ? prefixes[b] : -1;
    std::int64_t position = prefix < 0 ? 0 : offsets[prefix + 1] - offsets[prefix];
    for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t) *next++ = position++;
  }
  return positions;
}

}  // namespace trainbus
