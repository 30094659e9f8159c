// The leader and the workers of a run as Communicators.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/leader.hpp"
#include "core/ranks/worker.hpp"
#include "engine/communicator.hpp"
#include "engine/ranks/gradient_group.hpp"
#include "engine/task.hpp"
#include "models/model.hpp"

namespace trainbus {

// The process with rank 0, in the trainer of the run.
class TRAINBUS_EXPORT LeaderProcess final : public Communicator {
 public:
  // All references must outlive it.
  LeaderProcess(ranks::Leader& leader, const Parameters& parameters)
      : leader_(leader), parameters_(parameters) {}
  // The group of a first-order run.
  void use(ranks::GradientGroup& gradients) { gradients_ = &gradients; }

  void begin(const ranks::Work& work) override;
  bool finish(const ranks::Take& take = {}) override { return leader_.finish(take); }
  std::size_t size() const override { return leader_.size(); }
  bool evaluate(const ranks::Work& work) override { return leader_.evaluate(work); }
  void sum(std::span<const at::Tensor> tensors) override;
  void parameters_changed() override { leader_.parameters_changed(); }
  std::string must_end() const override { return leader_.must_end(); }

 private:
  ranks::Leader& leader_;
  const Parameters& parameters_;
  ranks::GradientGroup* gradients_ = nullptr;
};

// Any other process, in a trainer without observers, journal and files of its own.
class TRAINBUS_EXPORT WorkerProcess final : public Communicator {
 public:
  // As above. It takes part in the leader's evaluations. leaves: why this process is to leave;
  // empty: it is not.
  WorkerProcess(ranks::WorkerLink& link, ranks::Nanoseconds patience, const Model& model,
                const Task& task, std::function<std::string()> leaves);
  void use(ranks::GradientGroup& gradients) { gradients_ = &gradients; }

  ranks::Worker& worker() { return worker_; }
  void begin(const ranks::Work& work) override;
  bool finish(const ranks::Take& take = {}) override { return worker_.finish(take); }
  std::size_t size() const override { return 2; }  // at least
  bool evaluate(const ranks::Work& work) override;
  void sum(std::span<const at::Tensor> tensors) override;
  void parameters_changed() override {}
  std::string must_end() const override { return {}; }

 private:
  const Model& model_;
  const Task& task_;
  ranks::GradientGroup* gradients_ = nullptr;
  ranks::Worker worker_;
};

}  // namespace trainbus
