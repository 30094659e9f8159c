// Attention of texts that are given in parts, against attention of the whole texts.
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "kernels/attention.hpp"
#include "kernels/kernels_test_support.hpp"
#include "kernels/rotary.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

constexpr std::int64_t positions = 300;

struct Tables {
  explicit Tables(std::int64_t head_dim)
      : cosines(static_cast<std::size_t>(positions * head_dim / 2)), sines(cosines.size()) {
    fill_rotary_table(positions, head_dim, 10000, cosines.data(), sines.data());
  }
  RotaryView view() const { return {cosines.data(), sines.data(), positions}; }
  std::vector<float> cosines, sines;
};

// The memory of one text's keys; every number that was not written is NaN.
struct Kept {
  Kept(const AttentionShape& s, std::int64_t room)
      : keys(static_cast<std::size_t>(s.kv_heads * room * s.head_dim), NAN),
        values(static_cast<std::size_t>(s.kv_heads * room * kept_width(s.head_dim)), NAN),
        view{0, room, keys.data(), values.data()} {}
  Kept(const Kept&) = delete;
  std::vector<float> keys, values;
  KeptKeys view;
};

std::int64_t room_for(std::int64_t tokens) {
  return (tokens + kept_block - 1) / kept_block * kept_block;
}

// Two texts of `tokens` each in the given parts, the second one a part behind the first.
void check(const AttentionShape& shape, const std::vector<std::int64_t>& parts) {
  const std::int64_t stride = (shape.heads + 2 * shape.kv_heads) * shape.head_dim;
  const std::int64_t width = shape.heads * shape.head_dim;
  std::int64_t tokens = 0;
  for (const std::int64_t part : parts) tokens += part;
  const std::vector<float> qkv = numbers(2 * tokens * stride, 3);
  const Tables tables(shape.head_dim);
  const std::vector<std::int64_t> whole = {0, tokens, 2 * tokens};
  std::vector<float> expected(static_cast<std::size_t>(2 * tokens * width));
  attention(qkv.data(), {whole}, shape, tables.view(), expected.data());

  Kept first(shape, room_for(tokens)), second(shape, room_for(tokens));
  std::vector<float> found(expected.size(), NAN);
  for (std::size_t step = 0; step <= parts.size(); ++step) {
    const std::int64_t a = step < parts.size() ? parts[step] : 0,
                       b = step > 0 ? parts[step - 1] : 0;
    const std::vector<std::int64_t> offsets = {0, a, a + b};
    std::vector<float> x, y(static_cast<std::size_t>((a + b) * width));
    const auto append = [&](std::int64_t from, std::int64_t count) {
      x.insert(x.end(), qkv.begin() + from * stride, qkv.begin() + (from + count) * stride);
    };
    append(first.view.tokens, a);
    append(tokens + second.view.tokens, b);
    const KeptKeys kept[] = {first.view, second.view};
    attention_with_kept(x.data(), offsets, kept, shape, tables.view(), y.data());
    std::copy_n(y.begin(), a * width, found.begin() + first.view.tokens * width);
    std::copy_n(y.begin() + a * width, b * width,
                found.begin() + (tokens + second.view.tokens) * width);
    first.view.tokens += a;
    second.view.tokens += b;
  }
  BOOST_TEST(found == expected,
             "head_dim " << shape.head_dim << ", " << tokens << " tokens, window " << shape.window);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_text_in_parts_has_the_bits_of_the_whole_text) {
  const std::vector<std::vector<std::int64_t>> divisions = {
      {1, 1, 1, 1, 1, 1, 1},   {5, 1, 1, 1},    {63, 1, 1, 1}, {64, 1, 1}, {65, 1, 62, 1, 1},
      {1, 62, 1, 1, 63, 1, 2}, {130, 1, 1, 70}, {3, 64, 64, 1}};
  for (const Cpu cpu : all_cpus())
    for (const int threads : {1, 2}) {
      const Using setting(cpu, threads);
      for (const std::vector<std::int64_t>& parts : divisions) {
        check({9, 3, 64}, parts);
        check({4, 4, 8, 0.3f, true, 0, 1.5f}, parts);
        check({2, 1, 18}, parts);
        for (const std::int64_t window : {1, 3, 64, 65, 100})
          check({4, 2, 24, 0, true, window}, parts);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_text_without_room_or_positions_is_refused) {
  const AttentionShape shape{2, 1, 8};
  const Tables tables(8);
  Kept kept(shape, 64);
  const std::vector<float> qkv = numbers(400 * 32, 3);
  std::vector<float> out(400 * 16);
  const auto attempt = [&](std::int64_t before, std::int64_t tokens, AttentionShape of) {
    const std::vector<std::int64_t> offsets = {0, tokens};
    KeptKeys view = kept.view;
    view.tokens = before;
    attention_with_kept(qkv.data(), offsets, {&view, 1}, of, tables.view(), out.data());
  };
  using trainbus::RunError;
  BOOST_CHECK_NO_THROW(attempt(0, 64, shape));
  BOOST_CHECK_THROW(attempt(0, 65, shape), RunError);
  BOOST_CHECK_THROW(attempt(64, 1, shape), RunError);
  BOOST_CHECK_THROW(attempt(-1, 1, shape), RunError);
  BOOST_CHECK_THROW(attempt(0, 1, {2, 1, 8, 0, false}), RunError);
  Kept long_text(shape, 320);
  kept.view = long_text.view;
  BOOST_CHECK_NO_THROW(attempt(299, 1, shape));
  BOOST_CHECK_THROW(attempt(300, 1, shape), RunError);
  const std::vector<std::int64_t> two = {0, 1, 2};
  BOOST_CHECK_THROW(
      attention_with_kept(qkv.data(), two, {&kept.view, 1}, shape, tables.view(), out.data()),
      RunError);
}
