// MeZO's steps on a device: a StepDevice that uses a Backend. A whole step is recorded once for
// each shape of its batches; the host writes a few numbers and tokens, enqueues the recording, and
// reads the losses when it finishes the step.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "core/export.hpp"
#include "device/backend.hpp"
#include "device/device_weights.hpp"
#include "device/padded_batch.hpp"
#include "engine/step_device.hpp"
#include "models/model.hpp"

namespace trainbus::device {

class TRAINBUS_EXPORT DeviceSteps final : public StepDevice {
 public:
  // Uses the model's forward pass, and only the shapes, format and flags of its parameters. Model
  // and backend must outlive the steps. depth: at least 1.
  DeviceSteps(const Model& model, const DeviceRule& rule, Backend& backend, std::size_t depth = 3);
  ~DeviceSteps() override;

  std::size_t depth() const override { return depth_; }
  void load(const Parameters& parameters) override;
  void begin(const DeviceStep& step) override;
  void finish(journal::Step& record) override;
  void fetch(Parameters& parameters) override;
  at::Tensor logits(const Batch& batch) override;

 private:
  using Shapes = std::vector<BatchShape>;
  struct Program;
  struct PendingStep;

  Program& program(const Shapes& shapes);
  std::unique_ptr<Program> make_program(const Shapes& shapes);
  void forwards(const Program& program, int direction);

  const Model& model_;
  const DeviceRule rule_;
  Backend& backend_;
  const std::size_t depth_;
  DeviceParameters parameters_;
  std::unique_ptr<Passes> passes_;
  PerturbedMemory perturbed_;
  std::map<Shapes, std::unique_ptr<Program>> programs_;
  std::deque<PendingStep> pending_;
  // The place in staging memory that the next step uses; each program has depth_ places.
  std::size_t next_place_ = 0;
  // Whether the host's copy, which the last fetch() wrote, is up to date.
  bool host_is_current_ = false;
};

}  // namespace trainbus::device
