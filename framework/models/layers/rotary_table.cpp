#include "models/layers/rotary_table.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

#include "core/io/error.hpp"
#include "kernels/rotary.hpp"
#include "models/layers/rope_frequencies.hpp"

namespace trainbus::layers {
namespace {

// A table of all positions that a configuration may name would take longer to make, and more
// memory, than the model: it begins with as many as most texts have.
constexpr std::int64_t first_positions = 2048;
// Dynamic scaling is for texts longer than the model's positions. The limit is the longest context
// that anyone has trained with.
constexpr std::int64_t most_positions = 1 << 22;
// Tables of different lengths that are kept, for Dynamic scaling.
constexpr std::size_t most_lengths = 64;

}  // namespace

RotaryTable::RotaryTable(const Rope& rope, std::int64_t head_dim, std::int64_t limit)
    : rope_(rope),
      head_dim_(head_dim),
      model_positions_(limit),
      limit_(rope.kind == RopeKind::Dynamic ? most_positions : limit),
      short_length_(rope_short_length(rope, limit)) {
  fill(std::min({limit_, first_positions, short_length_}), 0);
}

void RotaryTable::fill(std::int64_t positions, std::int64_t text_length) const {
  const std::vector<float> frequencies =
      rope_frequencies(rope_, head_dim_, model_positions_, text_length);
  const auto half = static_cast<std::int64_t>(frequencies.size());
  cosines_ = at::empty({positions, half}, at::kFloat);
  sines_ = at::empty({positions, half}, at::kFloat);
  kernels::fill_rotary_table(positions, frequencies, cosines_.mutable_data_ptr<float>(),
                             sines_.mutable_data_ptr<float>());
  if (rope_.attention_factor == 1) return;
  cosines_.mul_(rope_.attention_factor);
  sines_.mul_(rope_.attention_factor);
}

void RotaryTable::reserve(std::int64_t positions) const {
  const std::int64_t before = this->positions(), most = std::min(limit_, short_length_);
  if (positions <= before || before >= most) return;
  fill(std::min(most, std::max(positions, 2 * before)), 0);
  if (elsewhere_) earlier_.push_back(std::move(elsewhere_));
}

std::int64_t RotaryTable::frequencies_of(std::int64_t tokens) const {
  if (tokens <= short_length_) return -1;
  // LongRope's frequencies are those of all long texts, Dynamic's of this length alone.
  return rope_.kind == RopeKind::Dynamic ? tokens : 0;
}

const RotaryTable& RotaryTable::for_length(std::int64_t tokens) const {
  if (tokens <= short_length_) {
    reserve(tokens);
    return *this;
  }
  const bool dynamic = rope_.kind == RopeKind::Dynamic;
  if (of_long_texts_.size() >= most_lengths) of_long_texts_.clear();
  std::unique_ptr<RotaryTable>& table = of_long_texts_[frequencies_of(tokens)];
  const std::int64_t needed = std::min(tokens, limit_), before = table ? table->positions() : 0;
  if (before >= needed) return *table;
  table.reset(new RotaryTable);
  table->rope_ = rope_;
  table->head_dim_ = head_dim_;
  table->model_positions_ = model_positions_;
  table->fill(dynamic ? needed : std::min(limit_, std::max(needed, 2 * before)), tokens);
  return *table;
}

const RotaryTable& RotaryTable::on(at::Device device) const {
  if (device == cosines_.device()) return *this;
  if (!elsewhere_ || elsewhere_->cosines_.device() != device) {
    elsewhere_.reset(new RotaryTable);
    elsewhere_->cosines_ = cosines_.to(device);
    elsewhere_->sines_ = sines_.to(device);
  }
  return *elsewhere_;
}

}  // namespace trainbus::layers
