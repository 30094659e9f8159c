// Internal: the table of an instruction set, from the templates. Included by the table_*.cpp only.
#pragma once

#include "kernels/activation_kernels.hpp"
#include "kernels/attention_kernel.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/row_kernels.hpp"
#include "kernels/z_axpy.hpp"

namespace trainbus::kernels {

template <class S>
inline constexpr KernelTable table_for{
    sign_rows<S>,
    sign_range<S>,
    normal_range<S>,
    rms_norm_row<S>,
    swiglu_row<S>,
    attend<S>,

    // Layers of OPT and BERT.
    layer_norm_row<S>,
    map_range<S, Gelu<S>>,
    map_range<S, GeluTanh<S>>,
    map_range<S, Relu<S>>,
};

}  // namespace trainbus::kernels
