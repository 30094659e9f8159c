// Internal: the table of an instruction set, from the templates. Included by the table_*.cpp only.
#pragma once

#include "kernels/attention_kernel.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/product_kernel.hpp"
#include "kernels/row_kernels.hpp"
#include "kernels/z_axpy.hpp"

namespace trainbus::kernels {

template <class S>
inline constexpr KernelTable table_for{
    sign_rows<S>,   sign_range<S>, normal_range<S>,   rms_norm_row<S>, swiglu_row<S>, attend<S>,

    panel_width<S>, pack_panel<S>, multiply_panel<S>,
};

}  // namespace trainbus::kernels
