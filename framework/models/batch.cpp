#include "models/batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>

namespace trainbus {
namespace {

// How many tokens of its text come before each sequence.
class Before {
 public:
  explicit Before(const Batch& batch)
      : offsets_(batch.offsets.const_data_ptr<std::int64_t>()),
        prefixes_(numbers(batch.prefixes)),
        starts_(numbers(batch.starts)) {}
  std::int64_t operator[](std::int64_t b) const {
    if (starts_ != nullptr) return starts_[b];
    const std::int64_t prefix = prefixes_ != nullptr ? prefixes_[b] : -1;
    return prefix < 0 ? 0 : offsets_[prefix + 1] - offsets_[prefix];
  }

 private:
  static const std::int64_t* numbers(const at::Tensor& x) {
    return x.defined() ? x.const_data_ptr<std::int64_t>() : nullptr;
  }
  const std::int64_t *offsets_, *prefixes_, *starts_;
};

}  // namespace

std::int64_t padded_length(const Batch& batch) {
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const std::int64_t sequences = batch.offsets.numel() - 1;
  if (batch.prefixes.defined() || batch.starts.defined() || sequences < 1) return 0;
  for (std::int64_t b = 0; b < sequences; ++b)
    if (offsets[b + 1] - offsets[b] != offsets[1] - offsets[0]) return 0;
  return offsets[1] - offsets[0];
}

std::int64_t longest_sequence(const Batch& batch) {
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const Before before(batch);
  std::int64_t longest = 0;
  for (std::int64_t b = 0; b + 1 < batch.offsets.numel(); ++b)
    longest = std::max(longest, before[b] + offsets[b + 1] - offsets[b]);
  return longest;
}

at::Tensor first_tokens(const Batch& batch) {
  const std::int64_t sequences = batch.offsets.numel() - 1, length = padded_length(batch);
  if (!batch.tokens.is_cpu()) return at::arange(sequences, batch.tokens.options()) * length;
  return batch.offsets.narrow(0, 0, sequences);
}

at::Tensor token_positions(const Batch& batch) {
  if (const std::int64_t length = padded_length(batch); length > 0 && !batch.tokens.is_cpu())
    return at::arange(length, batch.tokens.options()).repeat({batch.offsets.numel() - 1});
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const Before before(batch);
  const std::int64_t sequences = batch.offsets.numel() - 1;
  at::Tensor positions = at::empty({offsets[sequences]}, at::kLong);
  std::int64_t* next = positions.mutable_data_ptr<std::int64_t>();
  for (std::int64_t b = 0; b < sequences; ++b) {
    std::int64_t position = before[b];
    for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t) *next++ = position++;
  }
  return positions;
}

}  // namespace trainbus
