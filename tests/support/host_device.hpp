// A StepDevice without a device: its own model and optimizer compute each step when it is enqueued,
// and the result is returned on request.
#pragma once

#include <deque>
#include <memory>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"
#include "engine/step_device.hpp"
#include "models/model.hpp"
#include "models/weights/materialized_weights.hpp"

namespace trainbus::testing {

class HostDevice final : public StepDevice {
 public:
  HostDevice(std::unique_ptr<Model> model, std::unique_ptr<Optimizer> optimizer, std::size_t depth)
      : model_(std::move(model)), optimizer_(std::move(optimizer)), depth_(depth) {}

  std::size_t depth() const override { return depth_; }
  void load(const Parameters& parameters) override {
    copy(parameters, model_->parameters());
    ++loads_;
  }
  void begin(const DeviceStep& step) override {
    if (pending_.size() == depth_) throw RunError("more steps than the device takes", "test", "");
    journal::Step record;
    StepContext context({.model = *model_,
                         .window = step.window,
                         .lr = step.lr,
                         .seed = step.seed,
                         .step = step.step,
                         .forwards = forwards_,
                         .memory = memory_,
                         .publisher = publisher_,
                         .record = record});
    optimizer_->step(context);
    record.skipped = context.outcome().skipped;
    pending_.push_back(std::move(record));
    most_pending_ = std::max(most_pending_, pending_.size());
  }
  void finish(journal::Step& record) override {
    if (pending_.empty()) throw RunError("no step is pending", "test", "");
    record = std::move(pending_.front());
    pending_.pop_front();
  }
  void fetch(Parameters& parameters) override { copy(model_->parameters(), parameters); }
  at::Tensor logits(const Batch& batch) override {
    if (!pending_.empty()) throw RunError("evaluated while steps were pending", "test", "");
    PlainWeights weights(model_->parameters());
    return model_->logits(weights, batch);
  }

  std::size_t most_pending() const { return most_pending_; }
  int loads() const { return loads_; }

 private:
  static void copy(const Parameters& from, Parameters& to) {
    for (ParameterId id = 0; id < from.size(); ++id) {
      to[id].value.copy_(from[id].value);
      if (from[id].residual.defined()) to[id].residual.copy_(from[id].residual);
    }
  }

  std::unique_ptr<Model> model_;
  std::unique_ptr<Optimizer> optimizer_;
  std::size_t depth_, most_pending_ = 0;
  int loads_ = 0;
  std::deque<journal::Step> pending_;
  std::uint64_t forwards_ = 0;
  StepMemory memory_;
  Bus bus_;
  Publisher publisher_{bus_};
};

}  // namespace trainbus::testing
