// Shared by the GPU tests: detection of a GPU, and memory on it.
#pragma once

#include <cuda_runtime.h>

#include <boost/test/unit_test.hpp>
#include <utility>
#include <vector>

namespace trainbus::cuda::testing {

// A precondition of every case: without a GPU they are skipped.
inline boost::test_tools::assertion_result a_device_is_there(boost::unit_test::test_unit_id) {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

inline void succeed(int error) {
  BOOST_REQUIRE_MESSAGE(error == cudaSuccess, cudaGetErrorString(static_cast<cudaError_t>(error)));
}

template <class T>
class DeviceVector {
 public:
  explicit DeviceVector(std::size_t size) : size_(size) {
    succeed(cudaMalloc(&data_, size * sizeof(T) + 16));
    succeed(cudaMemset(data_, 0xff, size * sizeof(T) + 16));  // NaN, wherever a kernel writes not
  }
  explicit DeviceVector(const std::vector<T>& values) : DeviceVector(values.size()) {
    assign(values);
  }
  DeviceVector(DeviceVector&& other) noexcept
      : size_(other.size_), data_(std::exchange(other.data_, nullptr)) {}
  DeviceVector& operator=(DeviceVector&&) = delete;
  ~DeviceVector() { cudaFree(data_); }

  T* data() const { return data_; }
  void assign(const std::vector<T>& values) {
    succeed(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  // Waits for the default stream.
  std::vector<T> read() const {
    std::vector<T> values(size_);
    succeed(cudaMemcpy(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  std::size_t size_;
  T* data_ = nullptr;
};

}  // namespace trainbus::cuda::testing
