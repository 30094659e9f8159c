// A run's CUDA calls in the steady state, counted by wrappers around the CUDA runtime's functions.
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>

#include "device/device_steps.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/tested_backend.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;

namespace {

struct Calls {
  std::uint64_t graphs = 0, kernels = 0, copies = 0, waits_for_events = 0, other_waits = 0;
};
Calls calls;

template <class Function, class... Arguments>
cudaError_t forward(Function*, const char* name, Arguments... arguments) {
  static Function* const next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  return next ? next(arguments...) : cudaErrorNotSupported;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
extern "C" {
__attribute__((visibility("default"))) cudaError_t cudaGraphLaunch(cudaGraphExec_t graph,
                                                                   cudaStream_t stream) {
  ++calls.graphs;
  return forward(&cudaGraphLaunch, "cudaGraphLaunch", graph, stream);
}
__attribute__((visibility("default"))) cudaError_t cudaLaunchKernel(const void* function, dim3 grid,
                                                                    dim3 block, void** arguments,
                                                                    std::size_t shared,
                                                                    cudaStream_t stream) {
  ++calls.kernels;
  return forward(&cudaLaunchKernel, "cudaLaunchKernel", function, grid, block, arguments, shared,
                 stream);
}
__attribute__((visibility("default"))) cudaError_t cudaMemcpyAsync(void* to, const void* from,
                                                                   std::size_t bytes,
                                                                   cudaMemcpyKind kind,
                                                                   cudaStream_t stream) {
  ++calls.copies;
  return forward(&cudaMemcpyAsync, "cudaMemcpyAsync", to, from, bytes, kind, stream);
}
__attribute__((visibility("default"))) cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  ++calls.waits_for_events;
  return forward(&cudaEventSynchronize, "cudaEventSynchronize", event);
}
__attribute__((visibility("default"))) cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  ++calls.other_waits;
  return forward(&cudaStreamSynchronize, "cudaStreamSynchronize", stream);
}
__attribute__((visibility("default"))) cudaError_t cudaDeviceSynchronize() {
  ++calls.other_waits;
  return forward(&cudaDeviceSynchronize, "cudaDeviceSynchronize");
}
}
// NOLINTEND(readability-identifier-naming)

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_AUTO_TEST_CASE(a_step_is_one_graph_and_nobody_waits_but_for_its_numbers) {
  const auto model = testing::tiny_model("opt", kernels::Format::BFloat16Residual);
  const Batch batch = testing::tiny_batch("opt");
  const auto backend = testing::tested_backend();
  device::DeviceSteps device(
      *model, testing::make_optimizer("mezo", {{"lr", "1e-3"}})->device_rule(), *backend);
  device.load(model->parameters());
  const auto take = [&](std::uint64_t first, std::uint64_t count) {
    journal::Step record;
    for (std::uint64_t i = 0; i < count + device.depth(); ++i) {
      if (i >= device.depth()) device.finish(record);
      if (i < count) device.begin({first + i, 1, 1e-3, {&batch, 1}});
    }
  };
  take(0, 10);  // records the work
  calls = {};
  const std::uint64_t waits_before = backend->counts().waits;
  constexpr std::uint64_t steps = 100;
  take(10, steps);
  BOOST_TEST(calls.graphs == steps);
  BOOST_TEST(calls.kernels == 0u);
  BOOST_TEST(calls.copies == 3 * steps);  // tokens, numbers; and numbers back
  BOOST_TEST(calls.other_waits == 0u);
  BOOST_TEST(calls.waits_for_events == backend->counts().waits - waits_before);
}
