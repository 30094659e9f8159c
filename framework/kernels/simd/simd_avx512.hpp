// Internal: sixteen floats at a time. See simd_scalar.hpp and simd_avx2.hpp for what the operations
// mean.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace trainbus::kernels {

struct Avx512 {
  using F = __m512;
  using I = __m512i;
  static constexpr int width = 16;
  static constexpr int tile_vectors = 4;
  static constexpr int product_rows = 8, product_vectors = 3;
  static constexpr int philox_vectors = 4;

  static F set(float x) { return _mm512_set1_ps(x); }
  static F zero() { return _mm512_setzero_ps(); }
  static F load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, F x) { _mm512_storeu_ps(p, x); }
  static F load_part(const float* p, int n, float fill) {
    return _mm512_mask_loadu_ps(set(fill), lanes_below(n), p);
  }
  static void store_part(float* p, int n, F x) { _mm512_mask_storeu_ps(p, lanes_below(n), x); }

  template <class Row>
  static void transpose(const Row& row, float* to, std::int64_t to_stride) {
    F r[16], t[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) r[i] = row(i);
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
      t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {  // r[i + c]: columns c, c + 4, c + 8, c + 12 of four rows
      r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const F even = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);
      const F odd = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xDD);
      const F even2 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
      const F odd2 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xDD);
      store(to + c * to_stride, _mm512_shuffle_f32x4(even, even2, 0x88));
      store(to + (c + 4) * to_stride, _mm512_shuffle_f32x4(odd, odd2, 0x88));
      store(to + (c + 8) * to_stride, _mm512_shuffle_f32x4(even, even2, 0xDD));
      store(to + (c + 12) * to_stride, _mm512_shuffle_f32x4(odd, odd2, 0xDD));
    }
  }

  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F mul_add(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F sqrt(F x) { return _mm512_sqrt_ps(x); }
  static F min(F a, F b) { return _mm512_min_ps(a, b); }
  static F max(F a, F b) { return _mm512_max_ps(a, b); }
  static F zero_if_below(F x, F limit, F y) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, limit, _CMP_NLT_UQ), y);
  }
  static float sum(F x) { return _mm512_reduce_add_ps(x); }
  static float largest(F x) { return _mm512_reduce_max_ps(x); }

  static I set_int(std::uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static I add(I a, I b) { return _mm512_add_epi32(a, b); }
  static I sub(I a, I b) { return _mm512_sub_epi32(a, b); }
  template <int n>
  static I shift_left(I x) {
    return _mm512_slli_epi32(x, n);
  }
  template <int n>
  static I shift_right(I x) {
    return _mm512_srli_epi32(x, n);
  }
  template <int n>
  static I shift_right_signed(I x) {
    return _mm512_srai_epi32(x, n);
  }
  static F to_float(I x) { return _mm512_cvtepi32_ps(x); }
  static I bits(F x) { return _mm512_castps_si512(x); }
  static F from_bits(I x) { return _mm512_castsi512_ps(x); }
  static F select_odd(I choice, F a, F b) {
    return _mm512_mask_blend_ps(_mm512_test_epi32_mask(choice, set_int(1)), b, a);
  }

  template <int first>
  static F with_signs(F x, std::uint64_t bits) {
    const F minus = from_bits(_mm512_xor_si512(Avx512::bits(x), set_int(0x80000000u)));
    return _mm512_mask_blend_ps(static_cast<__mmask16>(bits >> first), x, minus);
  }

  template <int first>
  static F select_bits(std::uint64_t bits, F a, F b) {
    return _mm512_mask_blend_ps(static_cast<__mmask16>(bits >> first), b, a);
  }

  static constexpr int lanes64 = 8;
  static I set64(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  static I count_up64() { return _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7); }
  static I add64(I a, I b) { return _mm512_add_epi64(a, b); }
  static I multiply_low_halves(I a, I b) { return _mm512_mul_epu32(a, b); }
  template <int n>
  static I shift_left64(I x) {
    return _mm512_slli_epi64(x, n);
  }
  template <int n>
  static I shift_right64(I x) {
    return _mm512_srli_epi64(x, n);
  }
  static I xor3(I a, I b, I c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  static I join_halves(I low, I high) {
    return _mm512_mask_mov_epi32(low, 0xAAAA, shift_left64<32>(high));
  }
  static void store_int(std::uint64_t* p, I x) { _mm512_storeu_si512(p, x); }
  static void interleave64(I a, I b, I& first, I& second) {
    first = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), b);
    second = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), b);
  }
  static void gather_words(I a, I b, I& low, I& high) {
    a = _mm512_shuffle_epi32(a, static_cast<_MM_PERM_ENUM>(_MM_SHUFFLE(3, 1, 2, 0)));
    b = _mm512_shuffle_epi32(b, static_cast<_MM_PERM_ENUM>(_MM_SHUFFLE(3, 1, 2, 0)));
    low = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), b);
    high = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), b);
  }

  static I load_u16(const std::uint16_t* p) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static void store_u16(std::uint16_t* p, I x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(x));
  }
  static I load_s8(const std::int8_t* p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static void store_s8(std::int8_t* p, I x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
  }
  static F load_half(const std::uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static void store_half(std::uint16_t* p, F x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                        _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static F canonical(F x) {
    return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q),
                              from_bits(set_int(0x7fc00000)));
  }
  static F select_at_most(F x, F limit, F a, F b) {
    return _mm512_mask_mov_ps(b, _mm512_cmp_ps_mask(_mm512_abs_ps(x), limit, _CMP_LE_OQ), a);
  }

  static I count_bits16(I x) {
    const I of_nibble =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const I nibble = _mm512_set1_epi8(15);
    const I low = _mm512_shuffle_epi8(of_nibble, _mm512_and_si512(x, nibble));
    const I high = _mm512_shuffle_epi8(of_nibble, _mm512_and_si512(shift_right<4>(x), nibble));
    return _mm512_maddubs_epi16(_mm512_add_epi8(low, high), _mm512_set1_epi8(1));
  }
  static void widen16(I x, I& first, I& second) {
    first = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(x));
    second = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(x, 1));
  }

 private:
  static __mmask16 lanes_below(int n) { return static_cast<__mmask16>((1u << n) - 1); }
};

}  // namespace trainbus::kernels
