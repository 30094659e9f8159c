// MeZO's operations on parameters, on a GPU: those of kernels/perturb.hpp and kernels/update.hpp
// with the same bits, each in one launch for all tensors of a model. Plain C++17 and raw pointers.
//
// Everything that changes from step to step (seed, step, coefficients, decay) is read from device
// memory when the kernels run, so a captured graph needs no new arguments. All functions enqueue on
// the stream (a cudaStream_t), do not wait and return CUDA's error code, 0 for success;
// cudaErrorInvalidValue for invalid arguments. Which NaN a float32 holds is not defined; the other
// formats hold the one NaN that kernels/storage.hpp names.
#pragma once

#include <cstdint>

#include "cuda/parameter_table.hpp"
#include "device/step_numbers.hpp"

namespace trainbus::cuda {

// As kernels::Distribution, and FastGaussian: Gaussian's addressing through the device's own
// approximations of log, sqrt, cos and sin. Its values are within 3e-5 of Gaussian's, and only this
// backend has them, so a run that uses it is replayed on a GPU alone.
enum class Distribution { Rademacher, Gaussian, Binomial, FastGaussian };

// In device memory: each z with its coefficient, and the terms of each update.
using device::Term;
using UpdateStep = device::DeviceUpdate;

// Device memory.
struct Update {
  Distribution distribution;  // of all terms
  const UpdateStep* steps;
  std::int32_t step_count;
  const Term* terms;
  std::int32_t term_count;  // of all steps
};

// Every tensor of the table, in place: for each step in order x = (1 − decay)·θ, then x =
// fma(−coefficient, z, x) term by term, then rounded to storage. Several steps are a replay: memory
// is read and written once for all. A step with an infinite or NaN coefficient is skipped,
// including its decay.
int update(const Table& table, const Update& update, void* stream);

// Every tensor of the table to its `out`: fma(factor·coefficient, z, θ), θ as forward passes read
// it, rounded once to float32 and, if out is of a 16-bit format, from there to that. factor: ±1.
int perturb(const Table& table, Distribution distribution, const Term* term, float factor,
            void* stream);

// Row rows[i] of tensor number `tensor` of the table (a matrix) to row i of out [row_count,
// columns], which has the format of the tensor's `out`. rows: device memory; any order, repetitions
// allowed. A row outside the matrix gives NaN.
int perturb_rows(const Table& table, std::int32_t tensor, Distribution distribution,
                 const Term* term, float factor, const std::int64_t* rows, std::int64_t row_count,
                 void* out, void* stream);

}  // namespace trainbus::cuda
