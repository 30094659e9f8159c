// Internal: parameters in memory as float32 in registers, a view for each storage format. See
// storage.hpp for the rules.
//
//   load(i), store(i, x)   S::width elements from element i on, as updates see them
//   seen(i)                the same as forward passes see them
//   Room, enter, leave     a short piece copied aside and back, for the last elements of a tensor:
//                          loops over whole vectors serve it too
#pragma once

#include <cstdint>

#include "kernels/storage.hpp"

namespace trainbus::kernels {

// What signs come in, so the largest piece that is not a multiple of any vector.
inline constexpr int room_elements = 64;

template <class S, class T>
void copy_elements(const T* from, T* to, int count) {
  for (int i = 0; i < count; ++i) to[i] = from[i];
}

template <class S>
struct Float32View {
  using F = typename S::F;
  struct Room {
    float values[room_elements] = {};
  };
  float* values;

  F load(std::int64_t i) const { return S::load(values + i); }
  F seen(std::int64_t i) const { return load(i); }
  void store(std::int64_t i, F x) const { S::store(values + i, x); }
  Float32View at(std::int64_t i) const { return {values + i}; }
  Float32View enter(Room& room, int count) const {
    copy_elements<S>(values, room.values, count);
    return {room.values};
  }
  void leave(const Room& room, int count) const { copy_elements<S>(room.values, values, count); }
};

template <class S>
struct SixteenBitRoom {
  std::uint16_t values[room_elements] = {};
};

template <class S>
struct BFloat16View {
  using F = typename S::F;
  using I = typename S::I;
  using Room = SixteenBitRoom<S>;
  std::uint16_t* values;

  F load(std::int64_t i) const {
    return S::from_bits(S::template shift_left<16>(S::load_u16(values + i)));
  }
  F seen(std::int64_t i) const { return load(i); }
  void store(std::int64_t i, F x) const {
    const I bits = S::bits(S::canonical(x));
    const I odd = S::template shift_right<16>(bits) & S::set_int(1);
    const I rounded = S::add(S::add(bits, S::set_int(0x7fff)), odd);
    S::store_u16(values + i, S::template shift_right<16>(rounded));
  }
  BFloat16View at(std::int64_t i) const { return {values + i}; }
  BFloat16View enter(Room& room, int count) const {
    copy_elements<S>(values, room.values, count);
    return {room.values};
  }
  void leave(const Room& room, int count) const { copy_elements<S>(room.values, values, count); }
};

template <class S>
struct Float16View {
  using F = typename S::F;
  using Room = SixteenBitRoom<S>;
  std::uint16_t* values;

  F load(std::int64_t i) const { return S::load_half(values + i); }
  F seen(std::int64_t i) const { return load(i); }
  void store(std::int64_t i, F x) const { S::store_half(values + i, S::canonical(x)); }
  Float16View at(std::int64_t i) const { return {values + i}; }
  Float16View enter(Room& room, int count) const {
    copy_elements<S>(values, room.values, count);
    return {room.values};
  }
  void leave(const Room& room, int count) const { copy_elements<S>(room.values, values, count); }
};

// bfloat16 and residual: the 24-bit master.
template <class S>
struct MasterView {
  using F = typename S::F;
  using I = typename S::I;
  struct Room {
    std::uint16_t values[room_elements] = {};
    std::int8_t residuals[room_elements] = {};
  };
  std::uint16_t* values;
  std::int8_t* residuals;

  F load(std::int64_t i) const {
    const I high = S::template shift_left<8>(S::load_u16(values + i));
    return S::from_bits(S::template shift_left<8>(S::add(high, S::load_s8(residuals + i))));
  }
  F seen(std::int64_t i) const { return BFloat16View<S>{values}.load(i); }
  void store(std::int64_t i, F x) const {
    const I bits = S::bits(S::canonical(x));
    const I odd = S::template shift_right<8>(bits) & S::set_int(1);
    const I master = S::template shift_right<8>(S::add(S::add(bits, S::set_int(0x7f)), odd));
    const I high = S::template shift_right<8>(S::add(master, S::set_int(0x80)));
    S::store_u16(values + i, high);
    S::store_s8(residuals + i, master);  // its low byte is that of master - (high << 8)
  }
  MasterView at(std::int64_t i) const { return {values + i, residuals + i}; }
  MasterView enter(Room& room, int count) const {
    copy_elements<S>(values, room.values, count);
    copy_elements<S>(residuals, room.residuals, count);
    return {room.values, room.residuals};
  }
  void leave(const Room& room, int count) const {
    copy_elements<S>(room.values, values, count);
    copy_elements<S>(room.residuals, residuals, count);
  }
};

// bfloat16 and 16 more bits: a float32.
template <class S>
struct SplitView {
  using F = typename S::F;
  using I = typename S::I;
  struct Room {
    std::uint16_t values[room_elements] = {}, residuals[room_elements] = {};
  };
  std::uint16_t *values, *residuals;

  F load(std::int64_t i) const {
    const I high = S::template shift_left<16>(S::load_u16(values + i));
    const I low = S::template shift_left<16>(S::load_u16(residuals + i));
    return S::from_bits(S::add(high, S::template shift_right_signed<16>(low)));
  }
  F seen(std::int64_t i) const { return BFloat16View<S>{values}.load(i); }
  void store(std::int64_t i, F x) const {
    const I bits = S::bits(S::canonical(x));
    S::store_u16(values + i, S::template shift_right<16>(S::add(bits, S::set_int(0x8000))));
    S::store_u16(residuals + i, bits);  // the low half of bits - (high << 16)
  }
  SplitView at(std::int64_t i) const { return {values + i, residuals + i}; }
  SplitView enter(Room& room, int count) const {
    copy_elements<S>(values, room.values, count);
    copy_elements<S>(residuals, room.residuals, count);
    return {room.values, room.residuals};
  }
  void leave(const Room& room, int count) const {
    copy_elements<S>(room.values, values, count);
    copy_elements<S>(room.residuals, residuals, count);
  }
};

// Calls use(view) with the view of that format.
template <class S, class Use>
void with_view(const Stored& parameters, const Use& use) {
  auto* const sixteen_bits = static_cast<std::uint16_t*>(parameters.values);
  switch (parameters.format) {
    case Format::Float32:
      return use(Float32View<S>{static_cast<float*>(parameters.values)});
    case Format::BFloat16:
      return use(BFloat16View<S>{sixteen_bits});
    case Format::Float16:
      return use(Float16View<S>{sixteen_bits});
    case Format::BFloat16Residual:
      return use(MasterView<S>{sixteen_bits, static_cast<std::int8_t*>(parameters.residuals)});
    case Format::BFloat16Split:
      return use(SplitView<S>{sixteen_bits, static_cast<std::uint16_t*>(parameters.residuals)});
  }
}

}  // namespace trainbus::kernels
