#include "kernels/simd/make_table.hpp"
#include "kernels/simd/simd_avx2.hpp"

namespace trainbus::kernels {

const KernelTable& avx2_kernels() { return table_for<Avx2>; }

}  // namespace trainbus::kernels
