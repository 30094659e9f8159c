// z of a piece, a distribution at a time. A Noise has
//   begin(term, place)            once for every piece and term
//   add<format>(x, run, scale)    x = fma(scale, z, x) for the lane's eight of a run
//   one(run, column)              z of one element
#pragma once

#include "cuda/normal.cuh"
#include "cuda/place.cuh"
#include "cuda/storage.cuh"

namespace trainbus::cuda {

__device__ __forceinline__ uint4 block_of(const Term& term, std::uint16_t tensor, std::uint32_t c0,
                                          std::uint32_t c1) {
  const std::uint32_t c2 = tensor | static_cast<std::uint32_t>(term.direction) << 16;
  return philox(make_uint4(c0, c1, c2, term.step), static_cast<std::uint32_t>(term.seed),
                static_cast<std::uint32_t>(term.seed >> 32));
}

// The sign of x turned where bit `bit` of the word is set.
__device__ __forceinline__ float with_sign(float x, std::uint32_t word, int bit) {
  return __uint_as_float(__float_as_uint(x) ^ (word << (31 - bit) & 0x80000000u));
}

// Each lane makes one of the piece's 32 blocks of bits and shares it through shared memory.
struct RademacherNoise {
  static constexpr bool fragment_order = true;
  struct alignas(16) Shared {
    std::uint32_t words[4][warp_size];
  };
  Shared& shared;
  bool tiled = false;
  int half = -1;

  __device__ explicit RademacherNoise(Shared& s) : shared(s) {}
  // The runs are pieces of one row of the upper (0) or lower (1) eight of a tile.
  __device__ void half_of_all_runs(int h) { half = h; }

  __device__ __forceinline__ void begin(const Term& term, const Place& place) {
    tiled = place.fragment_order;
    const uint4 block = block_of(term, place.entry->tensor.id, place.c0, place.c1);
    const int lane = lane_number();
    __syncwarp();
    shared.words[0][lane] = block.x;
    shared.words[1][lane] = block.y;
    shared.words[2][lane] = block.z;
    shared.words[3][lane] = block.w;
    __syncwarp();
  }

  // For tiles only: vectors are few and short.
  template <Format format>
  __device__ __forceinline__ void add(float* x, int run, float scale) const {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int c = column<format>(lane_number(), h);
      const uint2 pair =
          *reinterpret_cast<const uint2*>(&shared.words[c / 64][run % 8 * 4 + c % 8 / 2]);
      const int bit = 2 * (c % 64 / 8) + half_of(run);
      const std::uint32_t first = pair.x >> bit, second = pair.y >> bit;
      x[4 * h] = __fadd_rn(x[4 * h], with_sign(scale, first, 0));
      x[4 * h + 1] = __fadd_rn(x[4 * h + 1], with_sign(scale, first, 16));
      x[4 * h + 2] = __fadd_rn(x[4 * h + 2], with_sign(scale, second, 0));
      x[4 * h + 3] = __fadd_rn(x[4 * h + 3], with_sign(scale, second, 16));
    }
  }

  __device__ float one(int run, int c) const {
    const std::uint32_t word = tiled ? shared.words[c / 64][run % 8 * 4 + c % 8 / 2]
                                     : shared.words[c % 128 / 32][2 * run + c / 128];
    const int bit = tiled ? 2 * (c % 64 / 8) + half_of(run) + 16 * (c % 2) : c % 32;
    return word >> bit & 1 ? -1.0f : 1.0f;
  }

 private:
  __device__ __forceinline__ int half_of(int run) const { return half >= 0 ? half : run / 8; }
};

// What the distributions in linear order share: element e of the tensor is in block e / in_a_block.
struct LinearNoise {
  static constexpr bool fragment_order = false;
  struct Shared {};
  Term term;
  std::uint16_t tensor;
  std::int64_t base, stride;

  __device__ explicit LinearNoise(Shared&) {}
  __device__ void half_of_all_runs(int) {}
  __device__ __forceinline__ void begin(const Term& t, const Place& place) {
    term = t;
    tensor = place.entry->tensor.id;
    base = place.base;
    stride = place.stride;
  }
  __device__ __forceinline__ std::uint64_t element(int run, int c) const {
    return static_cast<std::uint64_t>(base + run * stride + c);
  }
  __device__ __forceinline__ uint4 block(std::uint64_t number) const {
    return block_of(term, tensor, static_cast<std::uint32_t>(number),
                    static_cast<std::uint32_t>(number >> 32));
  }
};

template <class Normal>
struct GaussianNoise : LinearNoise {
  using LinearNoise::LinearNoise;

  template <Format format>
  __device__ __forceinline__ void add(float* x, int run, float scale) const {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const uint4 w = block(element(run, column<format>(lane_number(), h)) / 4);
      const float2 a = Normal::pair(w.x, w.z), b = Normal::pair(w.y, w.w);
      x[4 * h] = __fmaf_rn(scale, a.x, x[4 * h]);
      x[4 * h + 1] = __fmaf_rn(scale, b.x, x[4 * h + 1]);
      x[4 * h + 2] = __fmaf_rn(scale, a.y, x[4 * h + 2]);
      x[4 * h + 3] = __fmaf_rn(scale, b.y, x[4 * h + 3]);
    }
  }

  __device__ float one(int run, int c) const {
    const std::uint64_t e = element(run, c);
    const uint4 w = block(e / 4);
    const float2 pair = e % 2 ? Normal::pair(w.y, w.w) : Normal::pair(w.x, w.z);
    return e % 4 < 2 ? pair.x : pair.y;
  }
};

struct BinomialNoise : LinearNoise {
  using LinearNoise::LinearNoise;

  __device__ static __forceinline__ float value(std::uint32_t sixteen_bits) {
    return __fmaf_rn(__int2float_rn(__popc(sixteen_bits & 0xffff)), 0.5f, -4.0f);
  }

  template <Format format>
  __device__ __forceinline__ void add(float* x, int run, float scale) const {
    uint4 w;
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const std::uint64_t e = element(run, column<format>(lane_number(), h));
      if (h == 0 || format == Format::Float32) w = block(e / 8);
      const bool upper = format == Format::Float32 ? e % 8 != 0 : h == 1;
      const std::uint32_t first = upper ? w.z : w.x, second = upper ? w.w : w.y;
      x[4 * h] = __fmaf_rn(scale, value(first), x[4 * h]);
      x[4 * h + 1] = __fmaf_rn(scale, value(first >> 16), x[4 * h + 1]);
      x[4 * h + 2] = __fmaf_rn(scale, value(second), x[4 * h + 2]);
      x[4 * h + 3] = __fmaf_rn(scale, value(second >> 16), x[4 * h + 3]);
    }
  }

  __device__ float one(int run, int c) const {
    const std::uint64_t e = element(run, c);
    const uint4 w = block(e / 8);
    const int i = static_cast<int>(e % 8 / 2);
    const std::uint32_t word = i == 0 ? w.x : i == 1 ? w.y : i == 2 ? w.z : w.w;
    return value(word >> (16 * (e % 2)));
  }
};

// Calls use(a pointer to the distribution's Noise, null), for its type.
template <class Use>
int with_noise(Distribution distribution, const Use& use) {
  switch (distribution) {
    case Distribution::Rademacher:
      return use(static_cast<RademacherNoise*>(nullptr));
    case Distribution::Gaussian:
      return use(static_cast<GaussianNoise<PortableNormal>*>(nullptr));
    case Distribution::FastGaussian:
      return use(static_cast<GaussianNoise<FastNormal>*>(nullptr));
    case Distribution::Binomial:
      return use(static_cast<BinomialNoise*>(nullptr));
  }
  return 1;  // cudaErrorInvalidValue
}

}  // namespace trainbus::cuda
