// Large tensors come from one region; what is freed is used again.
#include "models/activation_memory.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>
#include <vector>

namespace trainbus {
namespace {

at::Tensor floats(std::int64_t count) { return at::empty({count}, at::kFloat); }

// Nothing to see in a build with a sanitizer, or where the system grants no such region.
bool is_there() {
  use_huge_pages_for_tensors();
  const at::Tensor some = floats(1 << 16);
  return tensor_bytes_in_huge_pages() > 0;
}

BOOST_AUTO_TEST_SUITE(activation_memory)

BOOST_AUTO_TEST_CASE(large_tensors_are_in_the_region_and_small_ones_are_not) {
  if (!is_there()) return;
  const std::size_t before = tensor_bytes_in_huge_pages();
  {
    const at::Tensor small = floats(100), large = floats(1 << 20);
    const std::size_t taken = tensor_bytes_in_huge_pages() - before;
    BOOST_TEST(taken >= std::size_t{4} << 20);
    BOOST_TEST(taken < (std::size_t{4} << 20) + 4096);
  }
  BOOST_TEST(tensor_bytes_in_huge_pages() == before);
}

BOOST_AUTO_TEST_CASE(freed_memory_is_used_again) {
  if (!is_there()) return;
  const void* first = floats(1 << 20).const_data_ptr();
  BOOST_TEST(floats(1 << 20).const_data_ptr() == first);
  at::Tensor low = floats(1 << 20);
  const at::Tensor high = floats(1 << 20);
  BOOST_TEST(low.const_data_ptr() == first);
  low.reset();
  BOOST_TEST(floats(1 << 19).const_data_ptr() == first);
}

// Tensors of all sizes come and go, on several threads; each keeps the number that it was given.
BOOST_AUTO_TEST_CASE(tensors_keep_their_numbers_whatever_comes_and_goes_beside_them) {
  use_huge_pages_for_tensors();
  const std::size_t before = tensor_bytes_in_huge_pages();
  std::atomic<bool> sound = true;
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::vector<at::Tensor> kept(12);
    std::vector<float> numbers(kept.size());
    const auto check = [&](std::size_t place) {
      if (kept[place].defined() && !kept[place].eq(numbers[place]).all().item<bool>())
        sound = false;
    };
    for (int i = 0; i < 400; ++i) {
      const std::size_t place = random() % kept.size();
      check(place);
      const auto count = static_cast<std::int64_t>(random() % 1'000'000 + 1);
      numbers[place] = static_cast<float>(random() % 1000 + 1);
      kept[place] = at::full({count}, numbers[place]);
      if (random() % 50 == 0) release_unused_tensor_memory();
    }
    for (std::size_t place = 0; place < kept.size(); ++place) check(place);
  };
  std::thread other(work, 1);
  work(2);
  other.join();
  BOOST_TEST(sound.load());
  BOOST_TEST(tensor_bytes_in_huge_pages() == before);
}

BOOST_AUTO_TEST_CASE(released_memory_can_be_taken_again) {
  use_huge_pages_for_tensors();
  const at::Tensor kept = at::full({1 << 20}, 3.0F);
  { const at::Tensor freed = at::full({1 << 22}, 4.0F); }
  release_unused_tensor_memory();
  BOOST_TEST(kept.equal(at::full({1 << 20}, 3.0F)));
  const at::Tensor again = at::ones({1 << 22});
  BOOST_TEST(again.sum().item<float>() == 1 << 22);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
