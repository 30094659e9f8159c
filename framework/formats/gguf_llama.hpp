// A Llama-family GGUF file seen as a Hugging Face checkpoint: names, and q and k rows put back in
// order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf.hpp"

namespace trainbus {

// One tensor under its Hugging Face name ("model.layers.0.self_attn.q_proj.weight").
struct LlamaTensor {
  std::string name;
  const GgufTensor* stored = nullptr;  // the file's
  std::int64_t head_dim = 0;  // of q_proj and k_proj, whose rows are permuted; 0: as stored
};

// All tensors in Hugging Face's parameter order (embedding, blocks, final norm, lm_head if untied).
// Throws UsageError for another architecture or a tensor that the family does not have.
TRAINBUS_EXPORT std::vector<LlamaTensor> llama_tensors(const GgufFile& file);

// llama.cpp's converter reshapes the rows of q and k from (heads, 2, head_dim / 2) to (heads,
// head_dim / 2, 2), because it rotates neighbours where Hugging Face rotates halves
// (convert_hf_to_gguf.py, LlamaModel.permute). Returns the stored row that holds Hugging Face's
// row.
constexpr std::int64_t llama_stored_row(std::int64_t row, std::int64_t head_dim) {
  const std::int64_t within = row % head_dim, half = head_dim / 2;
  return row - within + within % half * 2 + within / half;
}

// Rows [row_begin, row_end) in Hugging Face's order as float32, as GgufFile::dequantize otherwise.
TRAINBUS_EXPORT void dequantize(const GgufFile& file, const LlamaTensor& tensor, float* out,
                                std::int64_t row_begin, std::int64_t row_end);

}  // namespace trainbus
