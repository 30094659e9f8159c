// The simulated GPU computes the same as the CPU and refuses what a GPU would.
#include "support/strict_device.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>

using namespace trainbus::testing;

namespace {

const at::TensorOptions there(strict_device());

}  // namespace

BOOST_AUTO_TEST_CASE(operations_give_what_the_cpu_gives) {
  const at::Tensor x = at::arange(6, there.dtype(at::kFloat)).view({2, 3});
  BOOST_TEST((x.device() == strict_device()));
  const at::Tensor y = at::cat({at::mm(x, x.t()), at::ones({2, 1}, there)}, 1) + 1;
  const at::Tensor expected = at::tensor({6.0f, 15.0f, 2.0f, 15.0f, 51.0f, 2.0f}).view({2, 3});
  BOOST_TEST(y.to(at::kCPU).equal(expected));
  at::Tensor out = at::zeros({2, 2}, there);
  at::mm_out(out, x, x.t());
  BOOST_TEST(out[1][1].item<float>() == 50);
}

BOOST_AUTO_TEST_CASE(views_share_their_memory) {
  const at::Tensor x = at::zeros({3, 4}, there);
  x.narrow(1, 1, 2).transpose(0, 1)[0].fill_(7);
  const at::Tensor expected = at::tensor({0, 7, 0, 0}, at::kFloat);
  for (int row = 0; row < 3; ++row) BOOST_TEST(x[row].to(at::kCPU).equal(expected));
}

BOOST_AUTO_TEST_CASE(memories_do_not_mix) {
  const at::Tensor x = at::ones({2, 2}, there), rows = at::tensor({1, 0}, at::kLong);
  BOOST_CHECK_THROW(at::index_select(x, 0, rows), c10::Error);
  BOOST_CHECK_THROW(x + at::ones({2, 2}), c10::Error);
  const Lenient lenient;
  BOOST_TEST(at::index_select(x, 0, rows).sum().item<float>() == 4);
}

BOOST_AUTO_TEST_CASE(what_would_wait_is_refused_where_nothing_may_wait) {
  const at::Tensor x = at::ones({2}, there);
  const NoWaiting no_waiting;
  BOOST_CHECK_THROW(x.sum().item<float>(), c10::Error);
  BOOST_CHECK_THROW(x.to(at::kCPU), c10::Error);
  BOOST_CHECK_THROW(at::ones({2}).to(strict_device()), c10::Error);
  BOOST_CHECK_NO_THROW(x.clone() * 2.5);
}
