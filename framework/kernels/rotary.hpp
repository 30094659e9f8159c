// Rotary position embedding (arXiv 2104.09864): the tables of cosines and sines. Feature i of a
// head is paired with feature i + head_dim/2 ("half rotation", as in Llama, Qwen and GPT-NeoX):
//   x'[i] = x[i]·cos − x[i + d/2]·sin,  x'[i + d/2] = x[i + d/2]·cos + x[i]·sin.
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"

namespace trainbus::kernels {

// cosines, sines [positions, head_dim/2] float32: of position · base^(-2i/head_dim), frequency and
// angle rounded to float32 as Hugging Face's rotary embeddings do. Throws RunError if head_dim is
// odd or negative.
TRAINBUS_EXPORT void fill_rotary_table(std::int64_t positions, std::int64_t head_dim, double base,
                                       float* cosines, float* sines);

// The same from given frequencies, such as Llama 3's scaled ones: [head_dim/2] float32.
TRAINBUS_EXPORT void fill_rotary_table(std::int64_t positions, std::span<const float> frequencies,
                                       float* cosines, float* sines);

// base^(-2i/head_dim), i < frequencies.size() = head_dim/2.
TRAINBUS_EXPORT void rotary_frequencies(double base, std::span<float> frequencies);

}  // namespace trainbus::kernels
