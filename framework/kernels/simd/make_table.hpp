// Internal: the table of an instruction set, from the templates. Included by the table_*.cpp only.
#pragma once

#include "kernels/simd/activation_kernels.hpp"
#include "kernels/simd/attention_kernel.hpp"
#include "kernels/simd/disentangled_kernel.hpp"
#include "kernels/simd/few_tokens_kernel.hpp"
#include "kernels/simd/kernel_table.hpp"
#include "kernels/simd/low_rank_kernel.hpp"
#include "kernels/simd/perturb_kernel.hpp"
#include "kernels/simd/product_kernel.hpp"
#include "kernels/simd/row_kernels.hpp"
#include "kernels/simd/storage_kernel.hpp"
#include "kernels/simd/update_kernel.hpp"

namespace trainbus::kernels {

template <class S>
inline constexpr KernelTable table_for{
    perturb_task<S>,
    update_task<S>,
    low_rank_task<S>,
    low_rank_product<S>,
    load_elements<S>,
    store_elements<S>,

    rms_norm_row<S>,
    gated_row<S, Silu<S>>,
    attend<S>,

    panel_width<S>,
    pack_panel<S>,
    pack_sign_panel<S>,
    S::width,
    multiply_panel<S>,
    S::width > 1 ? most_few_tokens : 0,
    multiply_few_tokens<S>,

    // Layers of OPT and BERT.
    layer_norm_row<S>,
    map_range<S, Gelu<S>>,
    map_range<S, GeluTanh<S>>,
    map_range<S, Relu<S>>,
    map_range<S, Silu<S>>,

    // Layers of Gemma and ModernBERT.
    softcap_range<S>,
    gated_row<S, Gelu<S>>,
    gated_row<S, GeluTanh<S>>,

    // DeBERTa's.
    attend_disentangled<S>,
};

}  // namespace trainbus::kernels
