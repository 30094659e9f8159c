// A linear layer at both of MeZO's points in one pass over its weights, without ever writing
// perturbed weights: Y+ = X+·(W + εS)ᵀ and Y− = X−·(W − εS)ᵀ, S the Rademacher z of
// kernels/direction.hpp, made in registers. For GPUs of compute capability 9.0, bfloat16.
//
// Exact rule: ε is the term's coefficient rounded to bfloat16; W ± εS is rounded to bfloat16, as
// `perturb` rounds it to 16-bit scratch for that ε; products are summed in float32 in an order
// that depends on the shape and the device alone, so that the result has the bits of the same
// product of materialised weights (ε = 0 leaves weights as they are). The sum plus bias goes
// through the activation in float32 and is rounded to bfloat16; then the residual is added, and
// the sum rounded once more.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/passes.hpp"

namespace trainbus::cuda {

enum class Activation { None, Relu, Gelu, GeluTanh };

// Device memory, contiguous, row-major, bfloat16 unless noted. Pointers of the minus side may equal
// those of the plus side where they are only read.
struct DualLinear {
  std::int64_t rows, inputs, outputs;                       // M, K, N; K and N multiples of 8
  std::uint16_t tensor;                                     // the weight's number
  const Term* term;                                         // coefficient = ε
  const void* weight;                                       // [N, K]
  const void *x_plus, *x_minus;                             // [M, K]
  void *y_plus, *y_minus;                                   // [M, N]
  const float *bias_plus = nullptr, *bias_minus = nullptr;  // [N], perturbed already
  const void *residual_plus = nullptr, *residual_minus = nullptr;  // [M, N], may be y
  Activation activation = Activation::None;
  // Elements from one row of Y and of the residual to the next, a multiple of 8, so that several
  // layers fill the columns of one Y; 0: N.
  std::int64_t y_stride = 0;
};

// Whether the current device supports it: compute capability 9.0.
bool has_dual_linear();

// Bytes of device memory that a call needs besides its operands, 0 for many shapes. All calls on a
// stream can share it; it needs no initialisation.
std::size_t dual_linear_workspace(const DualLinear& layer);

// Enqueues on the stream (a cudaStream_t), does not wait, and returns CUDA's error code:
// cudaErrorNotSupported where has_dual_linear() is false, cudaErrorInvalidValue for sizes that are
// no multiples or pointers that are not aligned to 16 bytes.
int dual_linear(const DualLinear& layer, void* workspace, void* stream);

}  // namespace trainbus::cuda
