// Internal: the work of one panel of a matrix product, and the shape of an instruction set's tile.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

// Y[:, panel's columns] = start + X · panel (+ bias), for some tokens and a part of the depth.
struct PanelTask {
  const float* x;  // [tokens, depth], rows x_stride apart
  std::int64_t x_stride;
  std::int64_t tokens;
  const float* panel;  // [depth, panel width]: W's rows as columns, zeros beyond the last
  std::int64_t depth;
  std::int64_t columns;  // of the panel that are used, at most its width
  const float* start;    // what is added to: y itself, or one row of zeros with stride 0
  std::int64_t start_stride;
  const float* bias;  // [columns], or null
  float* y;           // [tokens, columns], rows y_stride apart
  std::int64_t y_stride;
  const char* upcoming;  // cache lines to fetch meanwhile, a few a tile
  std::int64_t upcoming_lines;
};

inline constexpr int widest_panel = 64;

// The same for a few tokens and whole rows of W, as many as a panel has columns: see
// few_tokens_kernel.hpp.
struct FewTokensTask {
  const float* x;  // [tokens, depth], rows x_stride apart
  std::int64_t x_stride;
  std::int64_t tokens;  // 1 to most_few_tokens
  const void* rows;     // [panel width, depth] contiguous
  bool bfloat16;        // the rows' type; else float32. Then the depth is even
  std::int64_t depth;
  const float* start;  // as in a PanelTask
  std::int64_t start_stride;
  const float* bias;
  float* y;
  std::int64_t y_stride;
  const char* upcoming;  // rows that are multiplied next: fetched meanwhile. May be anywhere
};

inline constexpr int most_few_tokens = 8;

}  // namespace trainbus::kernels
