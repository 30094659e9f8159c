// The types of stored numbers, as safetensors names them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// In the ascending order of the safetensors reference (tensor.rs), which its writers sort by.
enum class DType : std::uint8_t {
  Bool,
  F4,
  F6E2M3,
  F6E3M2,
  U8,
  I8,
  F8E5M2,
  F8E4M3,
  F8E8M0,
  F8E4M3FNUZ,
  F8E5M2FNUZ,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64,
};

// "F32", "BF16", "F8_E4M3": the name in a safetensors header.
TRAINBUS_EXPORT std::string_view dtype_name(DType dtype);
TRAINBUS_EXPORT std::optional<DType> dtype_from_name(std::string_view name);
TRAINBUS_EXPORT unsigned dtype_bits(DType dtype);

// The product of the extents (1 for rank 0); none if one is negative or it overflows 64 bits.
TRAINBUS_EXPORT std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape);
// The size of a dense tensor; none on overflow, or if a sub-byte type does not end on a byte.
TRAINBUS_EXPORT std::optional<std::uint64_t> tensor_bytes(DType dtype,
                                                          std::span<const std::int64_t> shape);

}  // namespace trainbus
