#include "kernels/update.hpp"

#include "kernels/z_tensor.hpp"

namespace trainbus::kernels {

void update(float* theta, const Shape& shape, TensorId tensor, const Direction& direction,
            float coefficient, float decay) {
  axpy_rows(z_source(direction, tensor), direction.distribution, {-coefficient, 1 - decay}, shape,
            theta, theta, 0, shape.rows());
}

}  // namespace trainbus::kernels
