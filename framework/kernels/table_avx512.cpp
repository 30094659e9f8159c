#include "kernels/make_table.hpp"
#include "kernels/simd_avx512.hpp"

namespace trainbus::kernels {

const KernelTable& avx512_kernels() { return table_for<Avx512>; }

}  // namespace trainbus::kernels
