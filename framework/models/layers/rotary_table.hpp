// Cosines and sines of rotary position embeddings in the half-rotation layout (arXiv 2104.09864, as
// Hugging Face computes them).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/export.hpp"
#include "formats/config/rope.hpp"

namespace trainbus::layers {

// One thread.
class TRAINBUS_EXPORT RotaryTable {
 public:
  // For heads of this width in texts of up to `limit` tokens. Few positions are filled in at once:
  // see reserve. Dynamic scaling has its own lengths beyond the limit, the model's positions, and
  // takes texts of any length.
  RotaryTable(const Rope& rope, std::int64_t head_dim, std::int64_t limit);

  // [positions, rotated / 2] float32: of the first `rotated` numbers of each head, times the
  // attention factor.
  const at::Tensor& cosines() const { return cosines_; }
  const at::Tensor& sines() const { return sines_; }
  std::int64_t positions() const { return cosines_.size(0); }
  std::int64_t rotated() const { return 2 * cosines_.size(1); }

  // Makes the table hold these positions, or as many as the limit allows: at least twice as many as
  // before, so that it seldom grows.
  void reserve(std::int64_t positions) const;
  // The table for a text of so many tokens: this one, unless its frequencies depend on the length.
  // It holds that many positions, if the limit allows them. Valid until the next call.
  const RotaryTable& for_length(std::int64_t tokens) const;
  // Equal for lengths whose texts have the same frequencies: keys that were rotated for a text of
  // the one serve a text of the other.
  std::int64_t frequencies_of(std::int64_t tokens) const;
  // This table in that device's memory, copied there once for each size.
  const RotaryTable& on(at::Device device) const;

 private:
  RotaryTable() = default;
  void fill(std::int64_t positions, std::int64_t text_length) const;

  Rope rope_;
  std::int64_t head_dim_ = 0;
  std::int64_t model_positions_ = 0;
  std::int64_t limit_ = 0;         // positions at most
  std::int64_t short_length_ = 0;  // longer texts have other frequencies
  // Grown when longer sequences come.
  mutable at::Tensor cosines_, sines_;
  mutable std::map<std::int64_t, std::unique_ptr<RotaryTable>> of_long_texts_;  // by their length
  mutable std::shared_ptr<RotaryTable> elsewhere_;
  // Smaller ones: recorded work of a device may still read them.
  mutable std::vector<std::shared_ptr<RotaryTable>> earlier_;
};

}  // namespace trainbus::layers
