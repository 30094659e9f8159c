#include "device/step_buffers.hpp"

#include "core/io/error.hpp"

namespace trainbus::device {
namespace {

constexpr std::int64_t border = 16;

// Places one array after the other.
class Layout {
 public:
  template <class T>
  std::int64_t array(std::int64_t count) {
    const std::int64_t begin = end_;
    end_ += (count * static_cast<std::int64_t>(sizeof(T)) + border - 1) / border * border;
    return begin;
  }
  std::int64_t end() const { return end_; }

 private:
  std::int64_t end_ = 0;
};

template <class T>
T* at(const at::Tensor& memory, std::int64_t offset) {
  return reinterpret_cast<T*>(static_cast<std::byte*>(memory.data_ptr()) + offset);
}

}  // namespace

StepBuffers::StepBuffers(const Rule& rule, at::Tensor memory)
    : rule_(rule), memory_(std::move(memory)) {
  const std::int64_t d = rule.directions, m = rule.micro_batches;
  Layout layout;
  layout.array<StepInput>(1);
  shares_ = layout.array<double>(m);
  perturbations_ = layout.array<Term>(d);
  terms_ = layout.array<Term>(d);
  update_ = layout.array<DeviceUpdate>(2);
  losses_ = layout.array<float>(d * m * 2);
  means_ = layout.array<double>(d * 2);
  coefficients_ = layout.array<float>(d);
  verdict_ = layout.array<StepVerdict>(1);
  end_ = layout.end();
  if (memory_.defined() && memory_.numel() < end_)
    throw RunError("a block of " + std::to_string(memory_.numel()) + " bytes, expected " +
                       std::to_string(end_),
                   "device", "");
}

std::int64_t StepBuffers::layout_bytes(const Rule& rule) { return StepBuffers(rule, {}).end_; }

StepNumbers StepBuffers::numbers() const {
  return {.input = at<StepInput>(memory_, 0),
          .shares = at<double>(memory_, shares_),
          .losses = at<float>(memory_, losses_),
          .perturbations = at<Term>(memory_, perturbations_),
          .terms = at<Term>(memory_, terms_),
          .update = at<DeviceUpdate>(memory_, update_),
          .means = at<double>(memory_, means_),
          .coefficients = at<float>(memory_, coefficients_),
          .verdict = at<StepVerdict>(memory_, verdict_)};
}

at::Tensor StepBuffers::part(std::int64_t begin, std::int64_t end) const {
  return memory_.narrow(0, begin, end - begin);
}

at::Tensor StepBuffers::to_device() const { return part(0, perturbations_); }
at::Tensor StepBuffers::to_host() const { return part(losses_, end_); }
at::Tensor StepBuffers::perturbations() const { return part(perturbations_, terms_); }
at::Tensor StepBuffers::terms() const { return part(terms_, update_); }
at::Tensor StepBuffers::update() const { return part(update_, losses_); }

at::Tensor StepBuffers::losses() const {
  const std::int64_t count = std::int64_t{2} * rule_.directions * rule_.micro_batches;
  return part(losses_, losses_ + count * static_cast<std::int64_t>(sizeof(float)))
      .view(at::kFloat)
      .view({rule_.directions, rule_.micro_batches, 2});
}

}  // namespace trainbus::device
