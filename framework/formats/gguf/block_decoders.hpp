// Decoders of one block each. Internal to decode_blocks.
#pragma once

#include <cstddef>

namespace trainbus::ggml {

// 256 elements, whose parts of 16 or 32 have scales of their own: gguf_k_quants.cpp.
void decode_q2_k(const std::byte* in, float* out);
void decode_q3_k(const std::byte* in, float* out);
void decode_q4_k(const std::byte* in, float* out);
void decode_q5_k(const std::byte* in, float* out);
void decode_q6_k(const std::byte* in, float* out);

// Quants that are indices into a table, or digits: gguf_table_quants.cpp.
void decode_iq4_nl(const std::byte* in, float* out);
void decode_iq4_xs(const std::byte* in, float* out);
void decode_tq1_0(const std::byte* in, float* out);
void decode_tq2_0(const std::byte* in, float* out);
void decode_mxfp4(const std::byte* in, float* out);

}  // namespace trainbus::ggml
