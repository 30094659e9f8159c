// Philox4x32-10 on a GPU: the numbers of kernels/philox.hpp.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace trainbus::cuda {

__device__ __forceinline__ uint4 philox(uint4 c, std::uint32_t key0, std::uint32_t key1) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c.x;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c.z;
    c = make_uint4(static_cast<std::uint32_t>(b >> 32) ^ c.y ^ key0, static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ c.w ^ key1, static_cast<std::uint32_t>(a));
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

}  // namespace trainbus::cuda
