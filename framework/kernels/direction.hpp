// z, the random direction of a MeZO step (arXiv 2305.17333, algorithm 1), as a pure function of
// (seed, step, direction, tensor, element). How elements are addressed is a file format: a run's
// journal holds seeds and coefficients only, so replaying it needs exactly these numbers. It never
// changes.
//
// One Philox4x32-10 block is 128 bits, four 32-bit words w0..w3:
//   key     = the 64-bit seed (low word, high word)
//   counter = (c0, c1, c2, c3) with c2 = tensor | direction << 16, c3 = step
//
// Rademacher, z = -1 where the bit is set, else +1:
//   vector, element i      c0 = i/128, c1 = 0, word (i%128)/32, bit i%32
//   matrix, element (n,k)  c0 = ((n/16)·8 + n%8)·4 + (k%8)/2, c1 = k/256,
//                          word (k%256)/64, bit 2·((k%64)/8) + (n%16)/8 + 16·(k%2)
//   (a matrix lies in the order in which a GPU's tensor-core fragment holds its weights)
//
// Gaussian, by Box–Muller (Box and Muller 1958), matrices in row-major order, e = n·columns + k:
//   c0, c1 = low and high word of e/4. Element e%4 = 0, 1 of a block is r·cos φ, 2, 3 is r·sin φ,
//   with r = sqrt(-2·log u), u = float((w >> 1) | 1)·2^-31 and w = w0 for 0 and 2, w1 for 1 and 3,
//   and φ = 2π·w'·2^-32, w' = w2 for 0 and 2, w3 for 1 and 3. log, cos and sin are the polynomials
//   of box_muller.hpp, so that all machines agree to the bit. |z| <= 6.56.
//
// Binomial, z = (how many of 16 bits are set - 8)/2, matrices in row-major order as well:
//   c0, c1 = low and high word of e/8, the 16 bits from bit 16·(e%2) of word (e%8)/2 on.
//   Mean 0, variance 1, kurtosis 2.875, multiples of 1/2, |z| <= 4: near to normal, and made of
//   integers only.
//
// Shares: the D directions of a step can divide the elements among themselves, so that one z is
// made for all of them. With shares = D > 1 the z of direction d is that of direction 0 where
// (n + k) mod D = d, of a vector i mod D = d, for all distributions, and no z anywhere else: there
// a perturbation is θ itself, to the bit, and an update leaves the term out. The shares run
// diagonally through a matrix because whole rows and columns of it, the weights of one feature,
// have gradients and curvatures far above the others': each must be spread over all shares.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

enum class Distribution { Rademacher, Gaussian, Binomial };

struct Direction {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::uint16_t direction = 0;  // which of a step's directions, when it has several
  Distribution distribution = Distribution::Rademacher;
  std::uint16_t shares = 1;  // more than 1: `direction` is one of so many shares, from 0 on

  bool operator==(const Direction&) const = default;
};

// A tensor's number in the family's documented parameter order. 0xFFFF is not a tensor (see
// philox_word).
using TensorId = std::uint16_t;
inline constexpr TensorId not_a_tensor = 0xFFFF;

// The shape of a parameter, float32, contiguous, row-major. Tensors of more dimensions are matrices
// of their first dimension by the product of the others.
class TRAINBUS_EXPORT Shape {
 public:
  // Throw RunError for negative sizes and for more rows (2^31), columns (2^40) or elements (2^39 in
  // a vector) than the counters can address.
  static Shape vector(std::int64_t length);
  static Shape matrix(std::int64_t rows, std::int64_t columns);

  bool is_vector() const { return is_vector_; }
  std::int64_t rows() const { return rows_; }        // of a vector: 1
  std::int64_t columns() const { return columns_; }  // of a vector: its length
  std::int64_t elements() const { return rows_ * columns_; }

 private:
  Shape(bool is_vector, std::int64_t rows, std::int64_t columns)
      : is_vector_(is_vector), rows_(rows), columns_(columns) {}
  bool is_vector_;
  std::int64_t rows_, columns_;
};

// Whether an element belongs to the direction's share; without shares all do.
TRAINBUS_EXPORT bool is_in_share(const Direction& direction, std::int64_t row, std::int64_t column);

// One element, slowly and plainly: the definition that the fast kernels are tested against; 0
// outside the direction's share. Throws RunError if the element is outside the shape, and for a
// share that is not one of `shares`. A vector's elements are (0, i).
TRAINBUS_EXPORT float z_element(const Direction& direction, TensorId tensor, const Shape& shape,
                                std::int64_t row, std::int64_t column);

}  // namespace trainbus::kernels
