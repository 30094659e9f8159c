// Internal: the serial inner loops, one table of them for each instruction set. Files that include
// the SIMD templates are compiled for that instruction set alone, so they must not instantiate
// anything that others share: no standard library templates, only types of their own.
#pragma once

#include <cstdint>

#include "kernels/attention_task.hpp"

namespace trainbus::kernels {

// Where z comes from: the parts of the Philox key and counter that one tensor's elements share.
struct ZSource {
  std::uint32_t key[2];
  std::uint32_t c2, c3;
};

// out = fma(scale, z, keep·θ), the product keep·θ rounded on its own.
struct ZAxpy {
  float scale, keep;
};

struct KernelTable {
  // Rademacher matrix: rows [row_begin, row_end); theta and out point at row row_begin.
  void (*sign_rows)(const ZSource&, const ZAxpy&, const float* theta, float* out,
                    std::int64_t columns, std::int64_t row_begin, std::int64_t row_end);
  // Rademacher vector, Gaussian tensor: elements [begin, end); theta and out point at element
  // begin.
  void (*sign_range)(const ZSource&, const ZAxpy&, const float* theta, float* out,
                     std::uint64_t begin, std::uint64_t end);
  void (*normal_range)(const ZSource&, const ZAxpy&, const float* theta, float* out,
                       std::uint64_t begin, std::uint64_t end);

  void (*rms_norm_row)(const float* x, const float* gain, float eps, std::int64_t width, float* y);
  void (*swiglu_row)(const float* gate, const float* up, std::int64_t width, float* y);
  void (*attend)(const AttentionTask&, const AttentionScratch&);

  void (*layer_norm_row)(const float* x, const float* gain, const float* bias, float eps,
                         std::int64_t width, float* y);
  // y[0, count) may be x.
  void (*gelu)(const float* x, std::int64_t count, float* y);
  void (*gelu_tanh)(const float* x, std::int64_t count, float* y);
  void (*relu)(const float* x, std::int64_t count, float* y);
};

const KernelTable& scalar_kernels();
const KernelTable& avx2_kernels();
const KernelTable& avx512_kernels();

// The table in use, see cpu.hpp.
const KernelTable& kernel_table();

}  // namespace trainbus::kernels
