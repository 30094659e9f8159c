// Internal: eight floats at a time. See simd_scalar.hpp for what the operations mean.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace trainbus::kernels {

struct Avx2 {
  using F = __m256;
  using I = __m256i;
  static constexpr int width = 8;
  static constexpr int tile_vectors = 2;  // four rows of two, and operands, fill 16 registers
  static constexpr int product_rows = 6, product_vectors = 2;
  static constexpr int philox_vectors = 2;  // generators in flight

  static F set(float x) { return _mm256_set1_ps(x); }
  static F zero() { return _mm256_setzero_ps(); }
  static F load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, F x) { _mm256_storeu_ps(p, x); }
  static F load_part(const float* p, int n, float fill) {
    const I lanes = lanes_below(n);
    return _mm256_blendv_ps(set(fill), _mm256_maskload_ps(p, lanes), _mm256_castsi256_ps(lanes));
  }
  static void store_part(float* p, int n, F x) { _mm256_maskstore_ps(p, lanes_below(n), x); }

  template <class Row>
  static void transpose(const Row& row, float* to, std::int64_t to_stride) {
    F r[8], t[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) r[i] = row(i);
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {  // r[i + c]: columns c and c + 4 of rows i to i + 3
      r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      store(to + c * to_stride, _mm256_permute2f128_ps(r[c], r[4 + c], 0x20));
      store(to + (c + 4) * to_stride, _mm256_permute2f128_ps(r[c], r[4 + c], 0x31));
    }
  }

  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F mul_add(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F sqrt(F x) { return _mm256_sqrt_ps(x); }
  static F min(F a, F b) { return _mm256_min_ps(a, b); }
  static F max(F a, F b) { return _mm256_max_ps(a, b); }
  static F zero_if_below(F x, F limit, F y) {
    return _mm256_andnot_ps(_mm256_cmp_ps(x, limit, _CMP_LT_OQ), y);
  }
  static float sum(F x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float largest(F x) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }

  static I set_int(std::uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  static I add(I a, I b) { return _mm256_add_epi32(a, b); }
  static I sub(I a, I b) { return _mm256_sub_epi32(a, b); }
  template <int n>
  static I shift_left(I x) {
    return _mm256_slli_epi32(x, n);
  }
  template <int n>
  static I shift_right(I x) {
    return _mm256_srli_epi32(x, n);
  }
  template <int n>
  static I shift_right_signed(I x) {
    return _mm256_srai_epi32(x, n);
  }
  static F to_float(I x) { return _mm256_cvtepi32_ps(x); }
  static I bits(F x) { return _mm256_castps_si256(x); }
  static F from_bits(I x) { return _mm256_castsi256_ps(x); }
  static F select_odd(I choice, F a, F b) {
    return _mm256_blendv_ps(b, a, from_bits(shift_left<31>(choice)));
  }

  // ±x: minus in lane j where bit first + j is set.
  template <int first>
  static F with_signs(F x, std::uint64_t bits) {
    return _mm256_xor_ps(
        x, from_bits(_mm256_and_si256(bits_at_signs<first>(bits), set_int(0x80000000u))));
  }
  // a in lane j where bit first + j is set, else b.
  template <int first>
  static F select_bits(std::uint64_t bits, F a, F b) {
    return _mm256_blendv_ps(b, a, from_bits(bits_at_signs<first>(bits)));
  }

  // Philox works on 64-bit lanes, of which the low halves count.
  static constexpr int lanes64 = 4;
  static I set64(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  static I count_up64() { return _mm256_setr_epi64x(0, 1, 2, 3); }
  static I add64(I a, I b) { return _mm256_add_epi64(a, b); }
  static I multiply_low_halves(I a, I b) { return _mm256_mul_epu32(a, b); }
  template <int n>
  static I shift_left64(I x) {
    return _mm256_slli_epi64(x, n);
  }
  template <int n>
  static I shift_right64(I x) {
    return _mm256_srli_epi64(x, n);
  }
  static I xor3(I a, I b, I c) { return a ^ b ^ c; }
  static I join_halves(I low, I high) {
    return _mm256_blend_epi32(low, shift_left64<32>(high), 0xAA);
  }
  static void store_int(std::uint64_t* p, I x) { _mm256_storeu_si256(reinterpret_cast<I*>(p), x); }
  // (a0 b0 a1 b1 …) in two halves.
  static void interleave64(I a, I b, I& first, I& second) {
    const I even = _mm256_unpacklo_epi64(a, b), odd = _mm256_unpackhi_epi64(a, b);
    first = _mm256_permute2x128_si256(even, odd, 0x20);
    second = _mm256_permute2x128_si256(even, odd, 0x31);
  }
  // Of every four 64-bit lanes (t = 0..3) of a = (w0, w1) and b = (w2, w3): low holds, for each
  // word w, that of t = 0 and 1; high that of t = 2 and 3.
  static void gather_words(I a, I b, I& low, I& high) {
    a = _mm256_shuffle_epi32(a, _MM_SHUFFLE(3, 1, 2, 0));
    b = _mm256_shuffle_epi32(b, _MM_SHUFFLE(3, 1, 2, 0));
    low = _mm256_permute2x128_si256(a, b, 0x20);
    high = _mm256_permute2x128_si256(a, b, 0x31);
  }

  static I load_u16(const std::uint16_t* p) {
    return _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static void store_u16(std::uint16_t* p, I x) {
    x = _mm256_and_si256(x, set_int(0xffff));
    x = _mm256_permute4x64_epi64(_mm256_packus_epi32(x, x), _MM_SHUFFLE(3, 1, 2, 0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(x));
  }
  static I load_s8(const std::int8_t* p) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  static void store_s8(std::int8_t* p, I x) {
    const I low_bytes = _mm256_set1_epi32(0x0c080400);
    x = _mm256_shuffle_epi8(x, low_bytes);
    x = _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(x));
  }
  static F load_half(const std::uint16_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static void store_half(std::uint16_t* p, F x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static F canonical(F x) {
    return _mm256_blendv_ps(x, from_bits(set_int(0x7fc00000)), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  }
  static F select_at_most(F x, F limit, F a, F b) {
    const F magnitude = _mm256_and_ps(x, from_bits(set_int(0x7fffffff)));
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(magnitude, limit, _CMP_LE_OQ));
  }

  // How many bits are set in each 16 bits.
  static I count_bits16(I x) {
    const I of_nibble =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const I nibble = _mm256_set1_epi8(15);
    const I low = _mm256_shuffle_epi8(of_nibble, _mm256_and_si256(x, nibble));
    const I high = _mm256_shuffle_epi8(of_nibble, _mm256_and_si256(shift_right<4>(x), nibble));
    return _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
  }
  // Unsigned 16-bit lanes as 32-bit lanes, in order.
  static void widen16(I x, I& first, I& second) {
    first = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(x));
    second = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(x, 1));
  }

 private:
  // Bit first + j of `bits` as the highest of lane j; the lower ones are of no account.
  template <int first>
  static I bits_at_signs(std::uint64_t bits) {
    constexpr int last = 31 - first % 32;  // how far the bit of lane 0 is from the sign
    const I distance = _mm256_setr_epi32(last, last - 1, last - 2, last - 3, last - 4, last - 5,
                                         last - 6, last - 7);
    return _mm256_sllv_epi32(set_int(static_cast<std::uint32_t>(bits >> (first & 32))), distance);
  }
  static I lanes_below(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace trainbus::kernels
