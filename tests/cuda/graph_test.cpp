// An update as a node of a captured graph.
#include "cuda/parameters.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

BOOST_AUTO_TEST_CASE(a_captured_update_follows_what_device_memory_says,
                     *precondition(a_device_is_there)) {
  Model model(all_formats);
  const cuda::Table& table = model.table();
  const DeviceVector<cuda::UpdateStep> steps({{0, 1, 1e-3f}});
  DeviceVector<cuda::Term> terms(1);
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t replayed;
  succeed(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  succeed(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  succeed(cuda::update(table, {cuda::Distribution::Rademacher, steps.data(), 1, terms.data(), 1},
                       stream));
  succeed(cudaStreamEndCapture(stream, &graph));
  std::size_t nodes = 0;
  succeed(cudaGraphGetNodes(graph, nullptr, &nodes));
  BOOST_TEST(nodes == 1u);
  succeed(cudaGraphInstantiate(&replayed, graph, 0));
  for (std::uint32_t s = 0; s < 3; ++s) {
    const kernels::Term t = update_term(Kind::Rademacher, s, 0, 1e-3f * static_cast<float>(s));
    terms.assign({on_gpu(t)});
    succeed(cudaGraphLaunch(replayed, stream));
    succeed(cudaStreamSynchronize(stream));
    Steps{{{t}}, {1e-3f}}.on_cpu(model);
  }
  check(model);
  succeed(cudaGraphExecDestroy(replayed));
  succeed(cudaGraphDestroy(graph));
  succeed(cudaStreamDestroy(stream));
}
