// Times work on a GPU by events, in rounds: every entry runs once per round, so that drift of the
// clock affects all alike.
#pragma once

#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/table.hpp"

namespace trainbus::bench {

inline void cuda_check(int error, const char* what) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "cuda_bench: %s: %s\n", what,
               cudaGetErrorString(static_cast<cudaError_t>(error)));
  std::exit(1);
}

class CudaRounds {
 public:
  explicit CudaRounds(cudaStream_t stream) : stream_(stream) {
    cuda_check(cudaEventCreate(&start_), "event");
    cuda_check(cudaEventCreate(&stop_), "event");
  }
  ~CudaRounds() {
    cudaEventDestroy(start_);
    cudaEventDestroy(stop_);
  }
  CudaRounds(const CudaRounds&) = delete;
  CudaRounds& operator=(const CudaRounds&) = delete;

  // work(i): enqueues the work, for the i-th time.
  void add(const std::string& name, std::function<void(int)> work) {
    entries_.push_back({name, std::move(work), {}});
  }
  // `repeats` times a round, between two events.
  void run(int rounds, int repeats) {
    for (int round = -1; round < rounds; ++round)  // the first to warm up
      for (Entry& entry : entries_) {
        cuda_check(cudaEventRecord(start_, stream_), "event");
        for (int i = 0; i < repeats; ++i) entry.work(i);
        cuda_check(cudaEventRecord(stop_, stream_), "event");
        cuda_check(cudaEventSynchronize(stop_), entry.name.c_str());
        cuda_check(cudaGetLastError(), entry.name.c_str());
        float ms = 0;
        cuda_check(cudaEventElapsedTime(&ms, start_, stop_), "event");
        if (round >= 0) entry.seconds.push_back(1e-3 * ms / repeats);
      }
  }
  double median_s(const std::string& name) const {
    for (const Entry& entry : entries_)
      if (entry.name == name) return median(entry.seconds);
    return 0;
  }

 private:
  struct Entry {
    std::string name;
    std::function<void(int)> work;
    std::vector<double> seconds;
  };
  cudaStream_t stream_;
  cudaEvent_t start_, stop_;
  std::vector<Entry> entries_;
};

template <class T>
T* cuda_memory(std::size_t count) {
  void* pointer = nullptr;
  cuda_check(cudaMalloc(&pointer, count * sizeof(T)), "memory for the benchmark");
  return static_cast<T*>(pointer);
}
template <class T>
T* cuda_copy_of(const std::vector<T>& values) {
  T* const pointer = cuda_memory<T>(values.size());
  cuda_check(cudaMemcpy(pointer, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
             "copy");
  return pointer;
}

}  // namespace trainbus::bench
