#include "kernels/make_table.hpp"
#include "kernels/simd_scalar.hpp"
#include "kernels/z_generator_scalar.hpp"

namespace trainbus::kernels {

const KernelTable& scalar_kernels() { return table_for<Scalar>; }

}  // namespace trainbus::kernels
