// Text classification as batches for an encoder: the part of the task that uses LibTorch.
#pragma once

#include "tasks/example_task.hpp"

namespace trainbus {

// Every example is a text; the model computes one row of scores for it, and the loss is the
// cross-entropy with the label.
class TRAINBUS_EXPORT TextTask final : public ExampleTask {
 public:
  using ExampleTask::ExampleTask;

 private:
  Batch make(const Examples& examples, std::span<const std::uint32_t> chosen) const override;
};

}  // namespace trainbus
