// The correspondence of a checkpoint's tensors and a model's parameters, both ways: their names,
// and the order of rows and columns.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// llama.cpp's converter reshapes the rows of q and k from (heads, 2, head_dim / 2) to (heads,
// head_dim / 2, 2), because it rotates neighbours where Hugging Face rotates halves
// (convert_hf_to_gguf.py, LlamaModel.permute). Returns the stored row that holds Hugging Face's
// row.
constexpr std::int64_t llama_stored_row(std::int64_t row, std::int64_t head_dim) {
  const std::int64_t within = row % head_dim, half = head_dim / 2;
  return row - within + within % half * 2 + within / half;
}

// How the rows of heads are ordered in a stored tensor. A parameter has all queries, all keys, all
// values.
struct RowOrder {
  enum Kind : std::uint8_t {
    AsParameter,
    Llama,    // see llama_stored_row
    Grouped,  // for each key/value head its queries, its key, its value, as in GPT-NeoX and Falcon
  };
  Kind kind = AsParameter;
  std::int64_t head_dim = 0;
  std::int64_t groups = 0, queries = 0;  // Grouped: key/value heads, query heads of each

  constexpr std::int64_t stored_row(std::int64_t row) const {
    if (kind == AsParameter) return row;
    if (kind == Llama) return llama_stored_row(row, head_dim);
    const std::int64_t head = row / head_dim, within = row % head_dim, all = groups * queries;
    const std::int64_t group = head < all ? head / queries : (head - all) % groups;
    const std::int64_t place = head < all ? head % queries : queries + (head - all) / groups;
    return (group * (queries + 2) + place) * head_dim + within;
  }
};

// Rows of a parameter in a stored tensor. Elements of a vector count as rows.
struct StoredPart {
  std::vector<std::string> names;  // of the tensor in checkpoints; the first is used for writing
  std::int64_t rows = 0;           // how many; 0: all of the parameter's
  std::int64_t first_row = 0;      // of the stored tensor
  bool transposed = false;         // the stored tensor is [columns, rows]
  RowOrder order = {};
  float plus = 0;  // a vector's stored numbers are the parameter's plus this; for reading alone

  // Whether it is all of the tensor and of the parameter, element by element.
  bool is_whole() const {
    return rows == 0 && first_row == 0 && !transposed && order.kind == RowOrder::AsParameter;
  }
};

// A parameter that is not mentioned is stored unchanged, under its own name.
class TRAINBUS_EXPORT CheckpointMap {
 public:
  // The parameter is stored unchanged, under one of these names.
  CheckpointMap& rename(const std::string& parameter, std::vector<std::string> names);
  // It is stored as its transpose.
  CheckpointMap& transpose(const std::string& parameter, const std::string& name);
  // Its rows are stored in llama.cpp's order.
  CheckpointMap& permute(const std::string& parameter, const std::string& name,
                         std::int64_t head_dim);
  // Its rows are stored in another order.
  CheckpointMap& reorder(const std::string& parameter, const std::string& name,
                         const RowOrder& order);
  // It is stored plus a number, as GGUF files of Gemma have norms; for reading alone.
  CheckpointMap& stored_plus(const std::string& parameter, const std::string& name, float number);
  // Several parameters are one stored tensor, one after another by rows.
  struct Rows {
    std::string name;
    std::int64_t rows;
  };
  CheckpointMap& split(const std::string& name, std::span<const Rows> parameters,
                       bool transposed = false);
  // One parameter is several stored tensors, one after another by rows.
  CheckpointMap& stack(const std::string& parameter, std::span<const Rows> stored);
  // The parameter is in no checkpoint: it stays zero, and its owner fills it.
  CheckpointMap& newly_initialized(const std::string& parameter);
  // Names that begin with the prefix are also looked for without it: those of a model's base alone.
  CheckpointMap& also_without(std::string prefix);
  // Stored tensors whose names begin with the prefix are neither mentioned nor saved: what follows
  // from the configuration or from other tensors.
  CheckpointMap& ignore(std::string prefix);
  // The same by the end of the name, for buffers of layers: ".attn.bias".
  CheckpointMap& ignore_ending(std::string ending);
  // Those with this prefix are saved as they are, without a message: heads for other uses. Goes
  // before ignore().
  CheckpointMap& keep(std::string prefix);

  // The parts that make up a parameter, from its first row on; none: it is newly initialised.
  std::vector<StoredPart> parts(const std::string& parameter) const;
  bool ignores(std::string_view name) const;
  bool keeps(std::string_view name) const;

 private:
  std::map<std::string, std::vector<StoredPart>> parts_;
  std::vector<std::string> ignored_, ignored_endings_, kept_;
  std::string left_out_;  // a prefix that stored names may lack
};

}  // namespace trainbus
