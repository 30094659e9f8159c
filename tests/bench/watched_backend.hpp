// A backend that forwards all calls to another, counts them, and exposes a device's parameters and
// passes, so that other work can use the same memory.
#pragma once

#include <utility>

#include "device/backend.hpp"

namespace trainbus::bench {

class WatchedBackend final : public device::Backend {
 public:
  explicit WatchedBackend(device::Backend& inner) : inner_(inner) {}

  at::Device device() const override { return inner_.device(); }
  std::string description() const override { return inner_.description(); }
  std::unique_ptr<device::Passes> passes(device::DeviceParameters& parameters,
                                         kernels::Distribution distribution) override {
    auto made = inner_.passes(parameters, distribution);
    parameters_ = &parameters;
    passes_ = made.get();
    return made;
  }
  at::Tensor staging(std::int64_t bytes) override { return inner_.staging(bytes); }
  std::unique_ptr<device::Mark> mark() override { return inner_.mark(); }
  bool reached(const device::Mark& mark) override { return inner_.reached(mark); }

  // What the last passes were asked for with, and they; as long as they live.
  const device::DeviceParameters& watched_parameters() const { return *parameters_; }
  device::Passes& watched_passes() const { return *passes_; }

 private:
  void enqueue_copy(at::Tensor to, const at::Tensor& from) override {
    inner_.copy(std::move(to), from);
  }
  std::unique_ptr<device::Work> make_recording(const std::function<void()>& warm_up,
                                               const std::function<void()>& work) override {
    return inner_.record(warm_up, work);
  }
  void enqueue(device::Work& work) override { inner_.run(work); }
  void wait_for(const device::Mark& mark) override { inner_.wait(mark); }

  device::Backend& inner_;
  const device::DeviceParameters* parameters_ = nullptr;
  device::Passes* passes_ = nullptr;
};

}  // namespace trainbus::bench
