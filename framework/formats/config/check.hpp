// Consistency checks for every ModelConfig. Internal to its readers.
#pragma once

#include <cstdint>
#include <string>

#include "formats/config/config.hpp"

namespace trainbus {

// The largest extent of one axis: the product of two is far below 64 bits.
constexpr std::int64_t largest_model_extent = (std::int64_t{1} << 31) - 1;

// Ten times the layers of the deepest models: listing a model's tensors allocates several for each
// layer.
constexpr std::int64_t most_layers = 10'000;

// hidden_size / heads. Throws UsageError if that is no integer.
std::int64_t head_dim_of(const ModelConfig& config, const std::string& where);

// Throws UsageError if heads are not a multiple of kv_heads, a rotary head is odd, rotary positions
// are more than a table can hold, or a constant is not a usable number.
void check_config(const ModelConfig& config, const std::string& where);

}  // namespace trainbus
