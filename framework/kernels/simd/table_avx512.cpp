#include "kernels/simd/make_table.hpp"
#include "kernels/simd/simd_avx512.hpp"

namespace trainbus::kernels {

const KernelTable& avx512_kernels() { return table_for<Avx512>; }

}  // namespace trainbus::kernels
