// Internal: attention with the running softmax of arXiv 1805.02867 and 2205.14135: a block of 64
// queries goes through the blocks of 64 keys that it sees any of. Keys lie in lanes for the scores,
// features for the weighted sum, so no query is ever transposed.
#pragma once

#include "kernels/simd/attention_task.hpp"
#include "kernels/simd/exp.hpp"
#include "kernels/simd/lanes.hpp"

namespace trainbus::kernels {

template <class S>
struct Attention {
  using F = typename S::F;
  static constexpr int block = attention_block;
  static constexpr int rows = attention_rows;

  const AttentionTask& task;
  const AttentionScratch& scratch;
  const std::int64_t width = (task.head_dim + 15) / 16 * 16;  // of a padded row

  void run() const {
    pack_keys_and_values();
    for (std::int64_t head = 0; head < task.group_heads; ++head)
      for (std::int64_t first = 0; first < task.tokens; first += block) {
        const int count = part(task.tokens - first);
        pack_queries(head, first, count);
        const std::int64_t end = seen_to(first + count - 1);
        for (std::int64_t key = first_block(first); key < end; key += block)
          attend(key, first, count);
        write(head, first, count);
      }
  }

 private:
  static int part(std::int64_t left) { return left < block ? static_cast<int>(left) : block; }
  static int round_up(int n, int unit) { return (n + unit - 1) / unit * unit; }
  std::int64_t keys_end() const { return task.position + task.tokens; }

  // to[i] = scale · rotated x (arXiv 2104.09864, feature i paired with i + rotated/2).
  void rotate(const float* x, std::int64_t position, float scale, float* to) const {
    const std::int64_t turned = task.cosines ? task.rotated : 0, half = turned / 2;
    const std::int64_t rest = task.head_dim - turned;
    for (std::int64_t i = 0; i < rest; i += S::width)
      store_lanes<S>(to + turned, i, rest, load_lanes<S>(x + turned, i, rest, 0) * S::set(scale));
    if (!task.cosines) return;
    const float* cosines = task.cosines + position * half;
    const float* sines = task.sines + position * half;
    std::int64_t i = 0;
    for (; i + S::width <= half; i += S::width) {
      const F a = S::load(x + i) * S::set(scale), b = S::load(x + half + i) * S::set(scale);
      const F c = S::load(cosines + i), s = S::load(sines + i);
      S::store(to + i, a * c - b * s);
      S::store(to + half + i, b * c + a * s);
    }
    for (; i < half; ++i) {
      const float a = x[i] * scale, b = x[half + i] * scale;
      to[i] = a * cosines[i] - b * sines[i];
      to[half + i] = b * cosines[i] + a * sines[i];
    }
  }

  void pack_keys_and_values() const {
    float* row = scratch.queries;  // free until the first pack_queries
    for (std::int64_t t = 0; t < task.tokens; ++t) {
      const std::int64_t position = task.position + t;
      rotate(task.keys + t * task.stride, position, 1, row);
      float* column = scratch.keys + position / block * block * task.head_dim + position % block;
      for (std::int64_t d = 0; d < task.head_dim; ++d) column[d * block] = row[d];
      const float* value = task.values + t * task.stride;
      float* to = scratch.values + position * width;
      for (std::int64_t d = 0; d < width; d += S::width)
        S::store(to + d, d < task.head_dim ? load_lanes<S>(value, d, task.head_dim, 0) : S::zero());
    }
    // The lanes behind the last key are computed with and masked away; keep them tame.
    const int used = static_cast<int>(keys_end() % block);
    if (used == 0) return;
    float* last = scratch.keys + keys_end() / block * block * task.head_dim;
    for (std::int64_t d = 0; d < task.head_dim; ++d)
      for (int t = used; t < round_up(used, S::width); ++t) last[d * block + t] = 0;
  }

  void pack_queries(std::int64_t head, std::int64_t first, int count) const {
    for (int r = 0; r < round_up(count, rows); ++r) {
      float* to = scratch.queries + r * width;
      if (r < count)
        rotate(task.queries + head * task.head_dim + (first + r) * task.stride,
               task.position + first + r, task.scale, to);
      else
        for (std::int64_t d = 0; d < task.head_dim; ++d) to[d] = 0;
    }
  }

  // The query sees the keys [seen_from, seen_to); not at infinity's end, so that nothing overflows.
  std::int64_t seen_from(std::int64_t query) const {
    const std::int64_t position = task.position + query;
    return position > task.behind ? position - task.behind : 0;
  }
  std::int64_t seen_to(std::int64_t query) const {
    const std::int64_t position = task.position + query;
    return task.ahead < keys_end() - position ? position + task.ahead + 1 : keys_end();
  }
  // The block that holds the first key that the query sees.
  std::int64_t first_block(std::int64_t query) const { return seen_from(query) / block * block; }
  // A key's place in the block at first_key, or the nearer end of that block.
  int within(std::int64_t key, std::int64_t first_key) const {
    return key <= first_key ? 0 : part(key - first_key);
  }

  // One block of keys for all queries of the block at first_query.
  void attend(std::int64_t first_key, std::int64_t first_query, int count) const {
    const float* keys = scratch.keys + first_key * task.head_dim;
    const float* values = scratch.values + first_key * width;
    for (int r = 0; r < count; r += rows) {
      const std::int64_t query = first_query + r, begin = first_block(query);
      const int most = within(seen_to(query + rows - 1), first_key);
      if (first_key < begin || most == 0) continue;
      const bool first = first_key == begin;
      const int vectors = (most + S::width - 1) / S::width;
      score(scratch.queries + r * width, keys, vectors);
      if (task.softcap > 0) cap_scores(vectors);
      float rescale[rows];
      for (int i = 0; i < rows; ++i) {
        float* scores = scratch.weights + i * block;
        hide(scores, within(seen_from(query + i), first_key));
        rescale[i] = softmax(scores, within(seen_to(query + i), first_key), vectors, r + i, first);
      }
      add_values(values, most, rescale, first, scratch.sums + r * width);
    }
  }

  // Hides the keys before a window from a query.
  static void hide(float* scores, int count) {
    for (int j = 0; j < count; ++j) scores[j] = -__builtin_inff();
  }

  void cap_scores(int vectors) const {
    const F inverse = S::set(1 / task.softcap), largest = S::set(task.softcap);
    for (int i = 0; i < rows; ++i)
      for (int v = 0; v < vectors; ++v) {
        float* at = scratch.weights + i * block + v * S::width;
        S::store(at, tanh<S>(S::load(at) * inverse) * largest);
      }
  }

  // weights[i][j] = q_i · k_j for four queries and vectors·width keys.
  void score(const float* queries, const float* keys, int vectors) const {
    int v = 0;
    for (; v + S::tile_vectors <= vectors; v += S::tile_vectors)
      score_tile<S::tile_vectors>(queries, keys, v);
    switch (vectors - v) {
      case 3:
        return score_tile<3>(queries, keys, v);
      case 2:
        return score_tile<2>(queries, keys, v);
      case 1:
        return score_tile<1>(queries, keys, v);
      default:
        return;
    }
  }

  template <int V>
  void score_tile(const float* queries, const float* keys, int first) const {
    F sum[rows][V];
    for (int i = 0; i < rows; ++i)
      for (int v = 0; v < V; ++v) sum[i][v] = S::zero();
    keys += first * S::width;
    for (std::int64_t d = 0; d < task.head_dim; ++d) {
      F key[V];
      for (int v = 0; v < V; ++v) key[v] = S::load(keys + d * block + v * S::width);
      for (int i = 0; i < rows; ++i) {
        const F query = S::set(queries[i * width + d]);
        for (int v = 0; v < V; ++v) sum[i][v] = S::mul_add(query, key[v], sum[i][v]);
      }
    }
    for (int i = 0; i < rows; ++i)
      for (int v = 0; v < V; ++v)
        S::store(scratch.weights + i * block + (first + v) * S::width, sum[i][v]);
  }

  // Turns the first `seen` scores of a row into e^(score - max), the rest of its vectors into
  // zeros, and returns the factor by which what was summed before must shrink.
  float softmax(float* scores, int seen, int vectors, int row, bool first) const {
    const F least = S::set(-__builtin_inff());
    F largest = least;
    for (int v = 0; v < vectors; ++v) largest = S::max(largest, scores_part(scores, v, seen));
    const float old_max = first ? -__builtin_inff() : scratch.row_max[row];
    const float block_max = S::largest(largest);
    const float new_max = block_max > old_max ? block_max : old_max;
    if (new_max == -__builtin_inff()) {  // a window that begins behind this block
      for (int v = 0; v < vectors; ++v) S::store(scores + v * S::width, S::zero());
      scratch.row_max[row] = new_max;
      scratch.row_sum[row] = 0;
      return 0;
    }
    F sum = S::zero();
    for (int v = 0; v < vectors; ++v) {
      const F e = exp<S>(scores_part(scores, v, seen) - S::set(new_max));
      sum = sum + e;
      S::store(scores + v * S::width, e);
    }
    scratch.row_max[row] = new_max;
    if (first) {
      scratch.row_sum[row] = S::sum(sum);
      return 0;
    }
    const float factor = S::largest(exp<S>(S::set(old_max - new_max)));
    scratch.row_sum[row] = scratch.row_sum[row] * factor + S::sum(sum);
    return factor;
  }

  static F scores_part(const float* scores, int v, int seen) {
    const int left = seen - v * S::width;
    if (left >= S::width) return S::load(scores + v * S::width);
    return left > 0 ? S::load_part(scores + v * S::width, left, -__builtin_inff())
                    : S::set(-__builtin_inff());
  }

  // sums[i] = rescale[i]·sums[i] + Σ_j weights[i][j]·values[j] for four queries.
  void add_values(const float* values, int count, const float* rescale, bool first,
                  float* sums) const {
    const int vectors = static_cast<int>(width) / S::width;
    int v = 0;
    for (; v + S::tile_vectors <= vectors; v += S::tile_vectors)
      value_tile<S::tile_vectors>(values, count, rescale, first, sums, v);
    switch (vectors - v) {
      case 3:
        return value_tile<3>(values, count, rescale, first, sums, v);
      case 2:
        return value_tile<2>(values, count, rescale, first, sums, v);
      case 1:
        return value_tile<1>(values, count, rescale, first, sums, v);
      default:
        return;
    }
  }

  template <int V>
  void value_tile(const float* values, int count, const float* rescale, bool first, float* sums,
                  int first_vector) const {
    values += first_vector * S::width;
    sums += first_vector * S::width;
    F sum[rows][V];
    for (int i = 0; i < rows; ++i)
      for (int v = 0; v < V; ++v)
        sum[i][v] =
            first ? S::zero() : S::load(sums + i * width + v * S::width) * S::set(rescale[i]);
    for (int j = 0; j < count; ++j) {
      F value[V];
      for (int v = 0; v < V; ++v) value[v] = S::load(values + j * width + v * S::width);
      for (int i = 0; i < rows; ++i) {
        const F weight = S::set(scratch.weights[i * block + j]);
        for (int v = 0; v < V; ++v) sum[i][v] = S::mul_add(weight, value[v], sum[i][v]);
      }
    }
    for (int i = 0; i < rows; ++i)
      for (int v = 0; v < V; ++v) S::store(sums + i * width + v * S::width, sum[i][v]);
  }

  void write(std::int64_t head, std::int64_t first, int count) const {
    for (int r = 0; r < count; ++r) {
      float* to = task.out + head * task.head_dim + (first + r) * task.out_stride;
      const float* sum = scratch.sums + r * width;
      const float inverse = 1 / scratch.row_sum[r];
      for (std::int64_t d = 0; d < task.head_dim; ++d) to[d] = sum[d] * inverse;
    }
  }
};

template <class S>
void attend(const AttentionTask& task, const AttentionScratch& scratch) {
  Attention<S>{task, scratch}.run();
}

}  // namespace trainbus::kernels
