// Internal: the work of one (sequence, head) of disentangled attention.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

struct DisentangledTask {
  const float* queries;  // the first token's head
  std::int64_t query_stride;
  const float* keys;  // [head_dim, key_columns]: token by column, zeros behind the last
  std::int64_t key_columns;
  const float* values;  // the first token's head
  float* out;
  std::int64_t value_stride;  // of out, too
  // [head_dim, distance_columns]: column center + e is what stands for key − query = e; null: none.
  const float* distance_queries;
  const float* distance_keys;
  std::int64_t distance_columns, center;
  std::int64_t tokens, head_dim;
  float scale;
  float* scores;  // [key_columns]
};

}  // namespace trainbus::kernels
