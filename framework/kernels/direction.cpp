#include "kernels/direction.hpp"

#include <bit>
#include <string>

#include "core/io/error.hpp"
#include "kernels/philox.hpp"
#include "kernels/simd/box_muller.hpp"
#include "kernels/simd/simd_scalar.hpp"
#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

constexpr std::int64_t most_rows = std::int64_t{1} << 31;
constexpr std::int64_t most_columns = std::int64_t{1} << 40;
constexpr std::int64_t longest_vector = std::int64_t{1} << 39;

void check_size(std::int64_t size, std::int64_t most, std::string_view what) {
  if (size >= 0 && size <= most) return;
  throw RunError("a tensor has " + std::to_string(size) + " " + std::string(what) +
                     ", expected 0 to " + std::to_string(most),
                 "kernels", "Check the shapes in the model's weights file.");
}

PhiloxCounter block(const ZSource& z, std::uint64_t c0, std::uint64_t c1) {
  return philox({static_cast<std::uint32_t>(c0), static_cast<std::uint32_t>(c1), z.c2, z.c3},
                {z.key[0], z.key[1]});
}

float sign(std::uint32_t word, std::uint64_t bit) { return word >> bit & 1 ? -1.0f : 1.0f; }

float vector_sign(const ZSource& z, std::uint64_t i) {
  return sign(block(z, i / 128, 0)[i % 128 / 32], i % 32);
}

float matrix_sign(const ZSource& z, std::uint64_t n, std::uint64_t k) {
  const std::uint64_t c0 = (n / 16 * 8 + n % 8) * 4 + k % 8 / 2;
  const std::uint64_t bit = 2 * (k % 64 / 8) + n % 16 / 8 + 16 * (k % 2);
  return sign(block(z, c0, k / 256)[k % 256 / 64], bit);
}

float normal(const ZSource& z, std::uint64_t e) {
  const std::uint64_t number = e / 4, pair = e % 2;
  const PhiloxCounter w = block(z, number, number >> 32);
  float first, second;
  box_muller<Scalar>(w[pair], w[2 + pair], first, second);
  return e % 4 < 2 ? first : second;
}

float binomial(const ZSource& z, std::uint64_t e) {
  const std::uint64_t number = e / 8;
  const std::uint32_t word = block(z, number, number >> 32)[e % 8 / 2];
  return static_cast<float>(std::popcount(word >> (16 * (e % 2)) & 0xffff) - 8) / 2;
}

}  // namespace

Shape Shape::vector(std::int64_t length) {
  check_size(length, longest_vector, "elements");
  return Shape(true, 1, length);
}

Shape Shape::matrix(std::int64_t rows, std::int64_t columns) {
  check_size(rows, most_rows, "rows");
  check_size(columns, most_columns, "columns");
  std::int64_t elements;
  if (__builtin_mul_overflow(rows, columns, &elements)) check_size(-1, most_columns, "elements");
  return Shape(false, rows, columns);
}

bool is_in_share(const Direction& direction, std::int64_t row, std::int64_t column) {
  return direction.shares <= 1 || (row + column) % direction.shares == direction.direction;
}

float z_element(const Direction& direction, TensorId tensor, const Shape& shape, std::int64_t row,
                std::int64_t column) {
  if (row < 0 || row >= shape.rows() || column < 0 || column >= shape.columns())
    throw RunError("element (" + std::to_string(row) + ", " + std::to_string(column) +
                       ") was asked of a tensor of " + std::to_string(shape.rows()) + " by " +
                       std::to_string(shape.columns()),
                   "kernels", "Ask for an element of the tensor.");
  const ZSource z = z_source(direction, tensor);
  share_of(direction, shape);  // refuses
  if (!is_in_share(direction, row, column)) return 0;
  const auto n = static_cast<std::uint64_t>(row), k = static_cast<std::uint64_t>(column);
  const std::uint64_t e = n * static_cast<std::uint64_t>(shape.columns()) + k;
  if (direction.distribution == Distribution::Gaussian) return normal(z, e);
  if (direction.distribution == Distribution::Binomial) return binomial(z, e);
  return shape.is_vector() ? vector_sign(z, k) : matrix_sign(z, n, k);
}

}  // namespace trainbus::kernels
