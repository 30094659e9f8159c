#include "kernels/simd/make_table.hpp"
#include "kernels/simd/simd_scalar.hpp"
#include "kernels/simd/z_generator_scalar.hpp"

namespace trainbus::kernels {

const KernelTable& scalar_kernels() { return table_for<Scalar>; }

}  // namespace trainbus::kernels
