// The GPU's kernels against the CPU's, bit for bit, where there is a GPU.
#include "cuda/perturb.hpp"

#include <cuda_runtime.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "kernels/perturb.hpp"
#include "kernels/update.hpp"

using namespace trainbus;

namespace {

boost::test_tools::assertion_result a_device_is_there(boost::unit_test::test_unit_id) {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

kernels::Shape shape_of(const cuda::Tensor& t) {
  return t.rows == 0 ? kernels::Shape::vector(t.columns)
                     : kernels::Shape::matrix(t.rows, t.columns);
}

std::vector<float> on_device(const std::vector<float>& theta, const cuda::Tensor& t, bool update) {
  std::vector<float> result(theta.size());
  const std::size_t bytes = theta.size() * sizeof(float);
  float* device = nullptr;
  BOOST_REQUIRE(cudaMalloc(&device, bytes) == cudaSuccess);
  cudaMemcpy(device, theta.data(), bytes, cudaMemcpyHostToDevice);
  BOOST_TEST((update ? cuda::update(device, t, 0.25f, 0.01f, nullptr)
                     : cuda::perturb(device, device, t, 1e-3f, nullptr)) == 0);
  cudaMemcpy(result.data(), device, bytes, cudaMemcpyDeviceToHost);
  cudaFree(device);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gpu_makes_the_cpus_numbers_to_the_bit,
                     *boost::unit_test::precondition(a_device_is_there)) {
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 1},
                                                          {0, 127},
                                                          {0, 129},
                                                          {0, 5000},
                                                          {1, 1},
                                                          {15, 255},
                                                          {16, 256},
                                                          {17, 257},
                                                          {192, 576}}) {
    const cuda::Tensor t{0x0123456789abcdefull, 7, 3, 42, rows, columns};
    const kernels::Direction z{t.seed, t.step, t.direction, kernels::Distribution::Rademacher};
    std::vector<float> theta(static_cast<std::size_t>(std::max<std::int64_t>(rows, 1) * columns));
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = 0.001f * static_cast<float>(i % 977);
    std::vector<float> moved(theta.size()), updated = theta;
    kernels::perturb(theta.data(), moved.data(), shape_of(t), t.tensor, z, 1e-3f);
    kernels::update(updated.data(), shape_of(t), t.tensor, z, 0.25f, 0.01f);
    BOOST_TEST(on_device(theta, t, false) == moved, boost::test_tools::per_element());
    BOOST_TEST(on_device(theta, t, true) == updated, boost::test_tools::per_element());
  }
}
