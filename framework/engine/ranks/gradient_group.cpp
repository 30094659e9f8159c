#include "engine/ranks/gradient_group.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "engine/ranks/gloo_group.hpp"
#include "engine/ranks/meeting_store.hpp"
#include "engine/ranks/network.hpp"

namespace trainbus::ranks {
namespace {

// One piece of what is summed: 16 MiB, so that little memory is needed beside the gradients.
constexpr std::int64_t piece_floats = std::int64_t{4} << 20;
constexpr std::int64_t piece_bytes = 4 * piece_floats;

at::Tensor bytes_of(const at::Tensor& tensor) {
  return at::from_blob(tensor.mutable_data_ptr(), {static_cast<std::int64_t>(tensor.nbytes())},
                       at::kByte);
}

}  // namespace

class GradientGroup::Group {
 public:
  Group(Meeting& meeting, int rank, int size, std::chrono::milliseconds patience) : rank_(rank) {
    guarded([&] {
      group_ = open_gloo_group(c10::make_intrusive<MeetingStore>(meeting, "gradients/", patience),
                               rank, size, meeting.address(), patience);
    });
  }

  bool leads() const { return rank_ == 0; }

  void sum(const at::Tensor& piece) {
    guarded([&] {
      std::vector<at::Tensor> tensors = {piece};
      group_->allreduce(tensors)->wait();
    });
  }
  void broadcast(const at::Tensor& tensor) {
    if (tensor.numel() == 0) return;
    const at::Tensor bytes = bytes_of(tensor);
    for (std::int64_t at = 0; at < bytes.numel(); at += piece_bytes)
      guarded([&] {
        std::vector<at::Tensor> piece = {
            bytes.narrow(0, at, std::min(piece_bytes, bytes.numel() - at))};
        group_->broadcast(piece)->wait();
      });
  }
  // A number of the leader's.
  std::int64_t number(std::int64_t own) {
    const at::Tensor one = at::empty({1}, at::kLong);
    *one.mutable_data_ptr<std::int64_t>() = own;
    broadcast(one);
    return *one.const_data_ptr<std::int64_t>();
  }
  std::string text(const std::string& own) {
    const at::Tensor bytes = at::empty({number(static_cast<std::int64_t>(own.size()))}, at::kByte);
    if (leads() && !own.empty()) std::memcpy(bytes.mutable_data_ptr(), own.data(), own.size());
    broadcast(bytes);
    return {static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()};
  }

 private:
  template <class F>
  void guarded(F&& f) {
    try {
      f();
    } catch (const std::exception& error) {
      throw RunError("the gradients of all processes cannot be summed: " + first_line(error),
                     "ranks", "");
    }
  }
  int rank_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

GradientGroup::GradientGroup(Meeting& meeting, int rank, int size,
                             std::chrono::milliseconds patience)
    : group_(std::make_unique<Group>(meeting, rank, size, patience)) {}
GradientGroup::~GradientGroup() = default;

// Tensors are cut and packed into pieces of a fixed size, whatever their own sizes are.
void GradientGroup::sum(std::span<const at::Tensor> tensors) {
  struct Part {
    float* data;
    std::int64_t size;
  };
  const at::Tensor piece = at::empty({piece_floats}, at::kFloat);
  auto* packed = piece.mutable_data_ptr<float>();
  std::vector<Part> parts;
  std::int64_t used = 0;
  const auto flush = [&] {
    if (used == 0) return;
    std::int64_t at = 0;
    for (const Part& part : parts) {
      std::copy_n(part.data, part.size, packed + at);
      at += part.size;
    }
    group_->sum(piece.narrow(0, 0, used));
    at = 0;
    for (const Part& part : parts) {
      std::copy_n(packed + at, part.size, part.data);
      at += part.size;
    }
    parts.clear();
    used = 0;
  };
  for (const at::Tensor& tensor : tensors) {
    auto* data = tensor.mutable_data_ptr<float>();
    for (std::int64_t left = tensor.numel(); left > 0;) {
      const std::int64_t size = std::min(left, piece_floats - used);
      parts.push_back({data, size});
      data += size;
      left -= size;
      used += size;
      if (used == piece_floats) flush();
    }
  }
  flush();
}

void GradientGroup::share(Parameters& parameters, OptimizerState& state) {
  for (Parameter& parameter : parameters) {
    group_->broadcast(parameter.value);
    if (parameter.residual.defined()) group_->broadcast(parameter.residual);
  }
  const std::int64_t count = group_->number(static_cast<std::int64_t>(state.size()));
  OptimizerState result;
  auto own = state.begin();
  for (std::int64_t i = 0; i < count; ++i) {
    const bool leads = group_->leads();
    const std::string name = group_->text(leads ? own->first : "");
    const auto type = static_cast<at::ScalarType>(
        group_->number(leads ? static_cast<std::int64_t>(own->second.scalar_type()) : 0));
    const std::int64_t dimensions = group_->number(leads ? own->second.dim() : 0);
    std::vector<std::int64_t> sizes;
    for (std::int64_t d = 0; d < dimensions; ++d)
      sizes.push_back(group_->number(leads ? own->second.size(d) : 0));
    const at::Tensor tensor = leads ? own->second : at::empty(sizes, type);
    group_->broadcast(tensor);
    result.emplace(name, tensor);
    if (leads) ++own;
  }
  state = std::move(result);
}

}  // namespace trainbus::ranks
