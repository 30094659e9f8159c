// The parameters of a model: named tensors in the family's documented order, in one arena.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/mapped_file.hpp"
#include "kernels/storage.hpp"

namespace trainbus {

// Position of a parameter in its model's documented order, tied weights once. It addresses the
// random direction z, so it is part of the journal's format: never depends on a file's order.
using ParameterId = std::uint16_t;

struct Parameter {
  std::string name;  // Hugging Face's name, "model.layers.0.self_attn.q_proj.weight"
  // [rows, columns] in the model's format, or [n], then always float32. Contiguous; views of the
  // arena, or of a mapped file.
  at::Tensor value;
  // Of a matrix, like value: int8 in Format::BFloat16Residual, int16 in BFloat16Split; else
  // undefined.
  at::Tensor residual;
  bool decays;  // the published MeZO trainer's rule by name: see decays_by_name
  // Whether training moves it. A frozen one is read as it is: it is not perturbed, has no gradient
  // and is not updated. The z of the others is the same as if all were trainable.
  bool trainable = true;

  // The same for the kernels; valid as long as the parameter.
  TRAINBUS_EXPORT kernels::Stored stored();
  TRAINBUS_EXPORT kernels::ConstStored stored() const;
};

// Whether weight decay applies: not if the name contains "bias", "layer_norm" or "layernorm".
// Llama's "model.norm.weight" does decay: that is what the published MeZO trainer does, and it is
// kept.
TRAINBUS_EXPORT bool decays_by_name(std::string_view name);

// Owns the memory of all parameters: one block, each parameter on a 64-byte border, neighbours in
// id order back to back where their sizes allow. The shapes are given first, then the values are
// filled in. Values may also lie in mapped files, as they do after a model is opened whose file
// stores them as they are used: nothing is copied then, and several processes share them. What is
// written to them does not reach the file.
class TRAINBUS_EXPORT Parameters {
 public:
  struct Shape {
    std::string name;
    std::vector<std::int64_t> sizes;  // one or two dimensions, each positive
  };

  Parameters() = default;
  // Allocates zero-filled memory; format: of the matrices. in_files: empty, or a tensor for each
  // shape, which is taken as the value if it is defined: of the type that the format asks for,
  // contiguous, in memory that it keeps alive. files: those that they lie in. Throws UsageError on
  // more than 65534 parameters.
  explicit Parameters(const std::vector<Shape>& shapes,
                      kernels::Format format = kernels::Format::Float32,
                      std::vector<at::Tensor> in_files = {}, std::vector<MappedFile> files = {});
  // Takes existing contiguous float32 tensors, for tests and small models.
  Parameters(std::vector<std::string> names, std::vector<at::Tensor> values);

  std::size_t size() const { return parameters_.size(); }
  Parameter& operator[](ParameterId id) { return parameters_[id]; }
  const Parameter& operator[](ParameterId id) const { return parameters_[id]; }
  auto begin() { return parameters_.begin(); }
  auto end() { return parameters_.end(); }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }

  std::optional<ParameterId> find(std::string_view name) const;
  std::int64_t element_count() const;
  kernels::Format format() const { return format_; }  // of the matrices
  std::int64_t bytes() const;                         // that all values and residuals take
  // The matrices stacked by rows as one [sum of rows, columns], if they are float32 and of equal
  // columns: a view if they lie back to back in the arena, else a copy. Otherwise undefined.
  at::Tensor stacked(std::span<const ParameterId> ids) const;

  // Whether the parameter's value lies in a mapped file.
  bool lies_in_file(ParameterId id) const { return in_files_.contains(id); }
  // Copies values that lie in files into memory of their own, for training: in huge pages, and
  // safe from those who write to the files. The tensors of `value` are other ones afterwards. The
  // old ones show what the files hold. Throws as check_files() does.
  void leave_files();
  // Throws RunError if a file that values lie in was changed since it was opened, other than by
  // being replaced: what was computed since then is of no model.
  void check_files() const;

 private:
  std::vector<Parameter> parameters_;
  std::set<ParameterId> in_files_;
  std::vector<MappedFile> files_;
  at::Tensor arena_;  // as many bytes as it takes
  kernels::Format format_ = kernels::Format::Float32;
};

}  // namespace trainbus
