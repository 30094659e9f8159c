// trainbus's side of device_bench: steps on a device, and their parts by themselves on the same
// parameters. One thread.
#pragma once

#include <memory>
#include <vector>

#include "device/device_steps.hpp"
#include "table.hpp"
#include "watched_backend.hpp"

namespace trainbus::bench {

// Waits until all enqueued work is done.
inline void wait(device::Backend& backend) { backend.wait(*backend.mark()); }

// Seconds of one work out of `count` in a row, waited for.
template <class Work>
double timed(device::Backend& backend, int count, const Work& work) {
  wait(backend);
  const double begin = now_s();
  for (int i = 0; i < count; ++i) work();
  wait(backend);
  return (now_s() - begin) / count;
}

class DeviceRuns {
 public:
  // weights: in the model's order, of any type and wherever. Both others outlive this.
  DeviceRuns(const Model& model, const std::vector<at::Tensor>& weights, device::Backend& backend);

  // The batch of all that follows.
  void take(Batch batch);

  // Seconds each, out of `count` in a row.
  double step_s(int count);          // begun and finished with as many under way as there can be
  double two_forwards_s(int count);  // at θ, recorded, one after the other
  double update_s(int count);        // all parameters

  // The backend's calls in each of the last steps; 4 numbers in the order of Counts.
  const std::vector<double>& per_step() const { return per_step_; }
  // At θ, of the last forward.
  double loss();

 private:
  void begin();
  void record_forward();
  void record_update();

  const Model& model_;
  WatchedBackend backend_;
  device::DeviceSteps steps_;
  Batch batch_;
  std::uint64_t next_step_ = 0;
  std::vector<double> per_step_;

  at::Tensor forward_batch_, forward_loss_, update_numbers_;  // in the device's memory
  std::unique_ptr<device::Work> forward_, update_;
};

}  // namespace trainbus::bench
