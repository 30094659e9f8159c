#include "cuda/dual_linear.hpp"

#include <cuda_runtime.h>

#include <algorithm>

#include "cuda/dual_kernel.cuh"

namespace trainbus::cuda {
namespace {

struct Device {
  int major = 0, minor = 0, multiprocessors = 0;
};

Device device() {
  Device found;
  int number = 0;
  if (cudaGetDevice(&number) != cudaSuccess) return found;
  cudaDeviceGetAttribute(&found.major, cudaDevAttrComputeCapabilityMajor, number);
  cudaDeviceGetAttribute(&found.minor, cudaDevAttrComputeCapabilityMinor, number);
  cudaDeviceGetAttribute(&found.multiprocessors, cudaDevAttrMultiProcessorCount, number);
  return found;
}

// The driver's function that describes a matrix to the copy engine, null if there is none.
auto encoder() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult result;
#if CUDART_VERSION >= 12050
  cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault,
                                   &result);
#else
  cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &function, cudaEnableDefault, &result);
#endif
  return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
}

// Boxes of 64 columns by box_rows of a matrix; outside the matrix they read as zero.
bool describe(CUtensorMap& map, const void* matrix, std::int64_t rows, std::int64_t columns,
              int box_rows) {
  static const auto encode = encoder();
  if (!encode) return false;
  const cuuint64_t size[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
  const cuuint64_t stride[] = {static_cast<cuuint64_t>(columns) * 2};
  const cuuint32_t box[] = {dual_depth, static_cast<cuuint32_t>(box_rows)}, step[] = {1, 1};
  return encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<void*>(matrix), size, stride,
                box, step, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <int cluster, int tile_rows>
int launch(const DualTask& task, cudaStream_t stream) {
  const DualLinear& layer = task.layer;
  const DualPlan& plan = task.plan;
  CUtensorMap weight, x_plus, x_minus;
  if (!describe(weight, layer.weight, layer.outputs, layer.inputs, dual_tile_outputs) ||
      !describe(x_plus, layer.x_plus, layer.rows, layer.inputs, tile_rows / cluster) ||
      !describe(x_minus, layer.x_minus, layer.rows, layer.inputs, tile_rows / cluster))
    return cudaErrorNotSupported;

  const auto kernel = dual_kernel<cluster, tile_rows>;
  constexpr int shared = dual_shared_bytes<tile_rows>;
  const cudaError_t error =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared);
  if (error != cudaSuccess) return error;
  int busy = plan.whole_tiles;
  if (plan.share != 0)
    busy = std::max(busy, (plan.cut_tiles() * plan.steps + plan.share - 1) / plan.share);
  cudaLaunchAttribute attribute;
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = cluster;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(std::min(busy, plan.workers) * cluster));
  config.blockDim = dim3(dual_threads);
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = 1;
  const cudaError_t launched = cudaLaunchKernelEx(&config, kernel, weight, x_plus, x_minus, task);
  if (launched != cudaSuccess || plan.share == 0) return launched;
  const dim3 grid(static_cast<unsigned>(plan.cut_tiles()), cluster, 2 * tile_rows / chunk_rows);
  dual_finish_kernel<tile_rows><<<grid, consumers, 0, stream>>>(task);
  return cudaGetLastError();
}

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

bool is_valid(const DualLinear& l) {
  constexpr std::int64_t most = std::int64_t{1} << 26;  // so that counts of steps fit an int
  for (const std::int64_t size : {l.rows, l.inputs, l.outputs})
    if (size < 0 || size > most) return false;
  for (const void* pointer :
       {l.weight, l.x_plus, l.x_minus, static_cast<const void*>(l.y_plus),
        static_cast<const void*>(l.y_minus), static_cast<const void*>(l.bias_plus),
        static_cast<const void*>(l.bias_minus), l.residual_plus, l.residual_minus})
    if (!is_aligned(pointer)) return false;
  return l.inputs % 8 == 0 && l.outputs % 8 == 0 && l.y_stride % 8 == 0 &&
         (l.y_stride == 0 || l.y_stride >= l.outputs);
}

std::size_t bytes_of(const DualPlan& plan) {
  return static_cast<std::size_t>(plan.slots() * plan.slot_floats()) * sizeof(float);
}

}  // namespace

bool has_dual_linear() {
  const Device d = device();
  return d.major == 9 && d.minor == 0;
}

std::size_t dual_linear_workspace(const DualLinear& layer) {
  return bytes_of(plan_dual(layer.rows, layer.inputs, layer.outputs, device().multiprocessors));
}

int dual_linear(const DualLinear& layer, void* workspace, void* stream) {
  if (!is_valid(layer)) return cudaErrorInvalidValue;
  if (!has_dual_linear()) return cudaErrorNotSupported;
  if (layer.rows == 0 || layer.outputs == 0) return cudaSuccess;
  if (layer.inputs == 0) return cudaErrorInvalidValue;
  const DualPlan plan =
      plan_dual(layer.rows, layer.inputs, layer.outputs, device().multiprocessors);
  if (plan.share != 0 && !workspace) return cudaErrorInvalidValue;
  DualTask task{layer, plan, static_cast<float*>(workspace)};
  if (task.layer.y_stride == 0) task.layer.y_stride = layer.outputs;
  const auto queue = static_cast<cudaStream_t>(stream);
  if (plan.cluster == 2)
    return plan.tile_rows == 128 ? launch<2, 128>(task, queue) : launch<2, 64>(task, queue);
  return plan.tile_rows == 128 ? launch<1, 128>(task, queue) : launch<1, 64>(task, queue);
}

}  // namespace trainbus::cuda
