#include <cublas_v2.h>

#include "bench/cuda_bench.hpp"
#include "cuda/dual_linear.hpp"

namespace trainbus::bench {
namespace {

struct Case {
  std::int64_t inputs, outputs;
  std::vector<std::int64_t> rows;
};

const std::vector<Case> cases{
    {768, 768, {512, 1024}},          {768, 3072, {512, 1024}},
    {3072, 768, {512, 1024}},         {2048, 2048, {256, 512, 1024}},
    {2048, 6144, {512, 1024}},        {2048, 8192, {256, 512, 1024, 2048}},
    {8192, 2048, {256, 512, 1024}},   {5120, 5120, {256, 512, 1024}},
    {5120, 15360, {512, 1024}},       {5120, 20480, {512, 1024, 2048}},
    {20480, 5120, {512, 1024, 2048}},
};

// Memory for the largest case. Weights are taken from changing places, so that they are read from
// memory as in a model.
struct Operands {
  static constexpr std::size_t weights = 1500000000, activations = 2048 * 20480;
  std::uint16_t* weight = cuda_memory<std::uint16_t>(weights);
  std::uint16_t* x[2] = {cuda_memory<std::uint16_t>(activations),
                         cuda_memory<std::uint16_t>(activations)};
  std::uint16_t* y[2] = {cuda_memory<std::uint16_t>(activations),
                         cuda_memory<std::uint16_t>(activations)};

  ~Operands() {
    for (std::uint16_t* memory : {weight, x[0], x[1], y[0], y[1]}) cudaFree(memory);
  }
  // Normal numbers everywhere: zeros would need less power.
  void fill() {
    const std::int64_t columns = 4096;
    const auto tensor = [&](std::uint16_t id, std::uint16_t* memory, std::size_t count) {
      return cuda::Tensor{id, static_cast<std::int64_t>(count) / columns, columns,
                          kernels::Format::BFloat16, memory};
    };
    const auto update = [&](const std::vector<cuda::Tensor>& tensors, float deviation) {
      cuda::Table table = cuda::lay_out(tensors);
      table.entries = cuda_copy_of(table.host_entries);
      const cuda::Term* const term = cuda_copy_of<cuda::Term>({{1, 0, 0, 0, deviation, 0}});
      const cuda::UpdateStep* const step = cuda_copy_of<cuda::UpdateStep>({{0, 1, 0}});
      cuda_check(cuda::update(table, {cuda::Distribution::FastGaussian, step, 1, term, 1}, nullptr),
                 "fill");
    };
    cuda_check(cudaMemset(weight, 0, weights * 2), "fill");
    for (std::uint16_t* memory : x) cuda_check(cudaMemset(memory, 0, activations * 2), "fill");
    update({tensor(1, weight, weights)}, 0.02f);
    update({tensor(2, x[0], activations), tensor(3, x[1], activations)}, 1);
    cuda_check(cudaDeviceSynchronize(), "fill");
  }
  const std::uint16_t* fresh(const Case& c, int i) const {
    const std::size_t size = static_cast<std::size_t>(c.inputs * c.outputs);
    return weight + static_cast<std::size_t>(i) % (weights / size) * size;
  }
};

void product(cublasHandle_t handle, const Case& c, std::int64_t rows, const std::uint16_t* weight,
             const std::uint16_t* x, std::uint16_t* y) {
  const float one = 1, zero = 0;
  const int m = static_cast<int>(rows), n = static_cast<int>(c.outputs),
            k = static_cast<int>(c.inputs);
  const cublasStatus_t status = cublasGemmEx(
      handle, CUBLAS_OP_T, CUBLAS_OP_N, n, m, k, &one, weight, CUDA_R_16BF, k, x, CUDA_R_16BF, k,
      &zero, y, CUDA_R_16BF, n, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS) {
    std::fprintf(stderr, "cuda_bench: cuBLAS refused a product, status %d\n",
                 static_cast<int>(status));
    std::exit(1);
  }
}

std::string name_of(const Case& c, std::int64_t rows) {
  return std::to_string(c.inputs) + " -> " + std::to_string(c.outputs) + ", " +
         std::to_string(rows) + " rows";
}

void measure_case(Results& results, int rounds, cublasHandle_t handle, cudaStream_t stream,
                  const Operands& operands, const Case& c, std::int64_t rows) {
  const cuda::Term* const term = cuda_copy_of<cuda::Term>({{42, 1, 0, 0, 1e-3f, 0}});
  cuda::DualLinear layer{};
  layer.rows = rows;
  layer.inputs = c.inputs;
  layer.outputs = c.outputs;
  layer.tensor = 3;
  layer.term = term;
  layer.weight = operands.weight;
  layer.x_plus = operands.x[0];
  layer.x_minus = operands.x[1];
  layer.y_plus = operands.y[0];
  layer.y_minus = operands.y[1];
  std::uint8_t* const workspace = cuda_memory<std::uint8_t>(cuda::dual_linear_workspace(layer) + 1);

  CudaRounds timer(stream);
  timer.add("two products", [&](int i) {
    product(handle, c, rows, operands.fresh(c, 2 * i), operands.x[0], operands.y[0]);
    product(handle, c, rows, operands.fresh(c, 2 * i + 1), operands.x[1], operands.y[1]);
  });
  timer.add("dual", [&](int i) {
    layer.weight = operands.fresh(c, i);
    cuda_check(cuda::dual_linear(layer, workspace, stream), "dual linear");
  });
  timer.run(rounds, 20);
  const double two = timer.median_s("two products"), dual = timer.median_s("dual");
  const double flops = 4e-12 * static_cast<double>(rows * c.inputs * c.outputs);
  const std::string name = name_of(c, rows);
  std::printf("%-28s two products %8.1f us (%4.0f TFLOP/s)  dual %8.1f us (%4.0f)  %5.2f\n",
              name.c_str(), two * 1e6, flops / two, dual * 1e6, flops / dual, dual / two);
  std::fflush(stdout);
  results.record(name + ", two products", two * 1e6, "us");
  results.record(name + ", dual", dual * 1e6, "us");
  cudaFree(workspace);
}

}  // namespace

void measure_dual(Results& results, int rounds, const std::string& only) {
  if (!cuda::has_dual_linear()) {
    std::printf("the dual linear needs compute capability 9.0\n");
    return;
  }
  Operands operands;
  operands.fill();
  cudaStream_t stream;
  cublasHandle_t handle;
  cuda_check(cudaStreamCreate(&stream), "stream");
  if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
      cublasSetStream(handle, stream) != CUBLAS_STATUS_SUCCESS) {
    std::fprintf(stderr, "cuda_bench: cuBLAS does not start\n");
    std::exit(1);
  }
  constexpr std::size_t room = std::size_t{32} << 20;  // as much as LibTorch gives it
  cublasSetWorkspace(handle, cuda_memory<std::uint8_t>(room), room);
  for (const Case& c : cases)
    for (const std::int64_t rows : c.rows)
      if (name_of(c, rows).find(only) != std::string::npos)
        measure_case(results, rounds, handle, stream, operands, c, rows);
  cublasDestroy(handle);
  cudaStreamDestroy(stream);
}

}  // namespace trainbus::bench
