// Speed of the CUDA kernels, compared with the device's copy speed and its vendor's library in the
// same process. --only: those products whose name holds the text, such as "2048 -> 8192, 512".
//
//   cuda_bench [passes] [dual] [--rounds N] [--only TEXT] [--json FILE]
#include "bench/cuda_bench.hpp"

#include <algorithm>
#include <cstdlib>

int main(int count, char** arguments) {
  using namespace trainbus::bench;
  int rounds = 9;
  std::string only;
  bool passes = false, dual = false;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "passes")
      passes = true;
    else if (argument == "dual")
      dual = true;
    else if (argument == "--rounds" && i + 1 < count)
      rounds = std::max(1, std::atoi(arguments[++i]));
    else if (argument == "--only" && i + 1 < count)
      only = arguments[++i];
    else if (argument == "--json" && i + 1 < count)
      ++i;
    else
      return std::fprintf(
                 stderr,
                 "usage: cuda_bench [passes] [dual] [--rounds N] [--only TEXT] [--json FILE]\n"),
             2;
  }
  cudaDeviceProp device;
  if (cudaGetDeviceProperties(&device, 0) != cudaSuccess)
    return std::fprintf(stderr, "cuda_bench: there is no GPU, or no driver for it\n"), 2;
  std::printf("%s, %d multiprocessors\n", device.name, device.multiProcessorCount);
  Results results(count, arguments);
  if (passes || !dual) measure_passes(results, rounds);
  if (dual || !passes) measure_dual(results, rounds, only);
}
