// DeBERTa's disentangled attention (arXiv 2006.03654, equation 4): to the product of a query with a
// key come those with the projected embedding of their distance.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/batch.hpp"
#include "models/families/encoders/relative_positions.hpp"
#include "models/layers/attention.hpp"

namespace trainbus {

struct Disentangled {
  layers::Heads heads;              // as many of keys as of queries
  bool content_to_position = true;  // q(i) · key of the distance i − j
  bool position_to_content = true;  // k(j) · query of the distance i − j
};

// Within each packed sequence, to both sides; scaled by 1/√(d · (1 + the number of products with
// distances)). S sides, N tokens, H heads of width d, R = table.rows().
//   query_key  [S, N, 2·H·d]: queries, then keys
//   value      [S, N, H·d]
//   distances  [S, R, 2·H·d]: the same projections of the relative embedding's rows
//   table      for texts of at least the longest sequence, where the tensors are
// → [S, N, H·d]. Throws RunError as layers::attention does.
at::Tensor disentangled_attention(const at::Tensor& query_key, const at::Tensor& value,
                                  const at::Tensor& distances, const RelativeTable& table,
                                  const Batch& batch, const Disentangled& op);

}  // namespace trainbus
