// Internal: the serial inner loops, one table of them for each instruction set. Files that include
// the SIMD templates are compiled for that instruction set alone, so they must not instantiate
// anything that others share: no standard library templates, only types of their own.
#pragma once

#include <cstdint>

#include "kernels/low_rank_product.hpp"
#include "kernels/simd/attention_task.hpp"
#include "kernels/simd/disentangled_task.hpp"
#include "kernels/simd/product_task.hpp"
#include "kernels/simd/z_task.hpp"

namespace trainbus::kernels {

struct KernelTable {
  void (*perturb)(const PerturbTask&);
  void (*update)(const UpdateTask&);
  void (*low_rank_update)(const LowRankTask&);
  void (*add_low_rank_product)(const LowRankProduct&);
  void (*load)(const Stored& from, float* to, std::int64_t count);   // from: only read
  void (*store)(float* from, const Stored& to, std::int64_t count);  // from: only read

  // y[i] = x[i] · 1/sqrt(mean(x²) + eps) · (weight[i] + offset); y may be x.
  void (*rms_norm_row)(const float* x, const float* weight, float offset, float eps,
                       std::int64_t width, float* y);
  void (*swiglu_row)(const float* gate, const float* up, std::int64_t width, float* y);
  void (*attend)(const AttentionTask&, const AttentionScratch&);

  std::int64_t panel_width;
  void (*pack_panel)(const float* rows, std::int64_t count, std::int64_t depth, float* panel);
  void (*pack_sign_panel)(const ZTerm&, const float* theta, std::int64_t row, std::int64_t columns,
                          float* plus, float* minus);
  std::int64_t panel_block;  // columns must be a multiple of it for pack_sign_panel
  void (*multiply_panel)(const PanelTask&);
  std::int64_t few_tokens;  // how many multiply_few_tokens takes; 0: there is none
  void (*multiply_few_tokens)(const FewTokensTask&);
  // bias: null for none.
  void (*layer_norm_row)(const float* x, const float* weight, const float* bias, float eps,
                         std::int64_t width, float* y);
  // y[0, count) may be x.
  void (*gelu)(const float* x, std::int64_t count, float* y);
  void (*gelu_tanh)(const float* x, std::int64_t count, float* y);
  void (*relu)(const float* x, std::int64_t count, float* y);
  void (*silu)(const float* x, std::int64_t count, float* y);
  void (*softcap)(const float* x, std::int64_t count, float cap, float* y);
  void (*geglu_row)(const float* gate, const float* up, std::int64_t width, float* y);
  void (*geglu_tanh_row)(const float* gate, const float* up, std::int64_t width, float* y);
  void (*attend_disentangled)(const DisentangledTask&);
};

const KernelTable& scalar_kernels();
const KernelTable& avx2_kernels();
const KernelTable& avx512_kernels();

// The table in use, see cpu.hpp.
const KernelTable& kernel_table();

}  // namespace trainbus::kernels
