// Internal: disentangled attention of one (sequence, head). Keys and distances lie in lanes: the
// distances of neighbouring keys to a query are neighbours too, so nothing is gathered.
#pragma once

#include "kernels/simd/disentangled_task.hpp"
#include "kernels/simd/exp.hpp"
#include "kernels/simd/lanes.hpp"

namespace trainbus::kernels {

template <class S>
struct DisentangledHead {
  using F = typename S::F;
  const DisentangledTask& task;

  void run() const {
    for (std::int64_t i = 0; i < task.tokens; ++i) {
      score_row(i);
      add_values(softmax(), task.out + i * task.value_stride);
    }
  }

 private:
  void score_row(std::int64_t i) const {
    constexpr int tile = S::tile_vectors;
    std::int64_t j = 0;
    for (; j + tile * S::width <= task.key_columns; j += tile * S::width) score<tile>(i, j);
    for (; j < task.key_columns; j += S::width) score<1>(i, j);
  }

  // scores[j] = scale · Σ q·(k + K) + k·Q for V vectors of keys from j on.
  template <int V>
  void score(std::int64_t i, std::int64_t j) const {
    if (j >= task.tokens) return;
    const float* query = task.queries + i * task.query_stride;
    const std::int64_t distance = task.center - i + j;
    F sum[V];
    for (int v = 0; v < V; ++v) sum[v] = S::zero();
    for (std::int64_t f = 0; f < task.head_dim; ++f) {
      const F q = S::set(query[f]);
      const float* keys = task.keys + f * task.key_columns + j;
      const std::int64_t at = f * task.distance_columns + distance;
      for (int v = 0; v < V; ++v) {
        const F key = S::load(keys + v * S::width);
        F with_query = key;
        if (task.distance_keys)
          with_query = with_query + S::load(task.distance_keys + at + v * S::width);
        sum[v] = S::mul_add(q, with_query, sum[v]);
        if (task.distance_queries)
          sum[v] = S::mul_add(key, S::load(task.distance_queries + at + v * S::width), sum[v]);
      }
    }
    for (int v = 0; v < V; ++v)
      S::store(task.scores + j + v * S::width, sum[v] * S::set(task.scale));
  }

  // Turns the scores into e^(score − max) and returns their sum.
  float softmax() const {
    const float least = -__builtin_inff();
    F largest = S::set(least);
    for (std::int64_t j = 0; j < task.tokens; j += S::width)
      largest = S::max(largest, load_lanes<S>(task.scores, j, task.tokens, least));
    const F top = S::set(S::largest(largest));
    F sum = S::zero();
    for (std::int64_t j = 0; j < task.tokens; j += S::width) {
      const F e = exp<S>(load_lanes<S>(task.scores, j, task.tokens, least) - top);
      sum = sum + e;
      S::store(task.scores + j, e);
    }
    return S::sum(sum);
  }

  void add_values(float total, float* out) const {
    const F inverse = S::set(1 / total);
    std::int64_t f = 0;
    for (; f + 4 * S::width <= task.head_dim; f += 4 * S::width) {
      F sum[4];
      for (int v = 0; v < 4; ++v) sum[v] = S::zero();
      for (std::int64_t j = 0; j < task.tokens; ++j) {
        const F weight = S::set(task.scores[j]);
        const float* value = task.values + j * task.value_stride + f;
        for (int v = 0; v < 4; ++v)
          sum[v] = S::mul_add(weight, S::load(value + v * S::width), sum[v]);
      }
      for (int v = 0; v < 4; ++v) S::store(out + f + v * S::width, sum[v] * inverse);
    }
    for (; f < task.head_dim; f += S::width) {
      F sum = S::zero();
      for (std::int64_t j = 0; j < task.tokens; ++j)
        sum = S::mul_add(S::set(task.scores[j]),
                         load_lanes<S>(task.values + j * task.value_stride, f, task.head_dim, 0),
                         sum);
      store_lanes<S>(out, f, task.head_dim, sum * inverse);
    }
  }
};

template <class S>
void attend_disentangled(const DisentangledTask& task) {
  DisentangledHead<S>{task}.run();
}

}  // namespace trainbus::kernels
