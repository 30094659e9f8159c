// Text classification as batches for an encoder: the torch half of the task.
#pragma once

#include "tasks/example_task.hpp"

namespace trainbus {

// Every example is a text as it is; the model gives it one row of scores, and the loss is their
// cross-entropy under the label.
class TRAINBUS_EXPORT TextTask final : public ExampleTask {
 public:
  using ExampleTask::ExampleTask;

 private:
  Batch make(const Examples& examples, std::span<const std::uint32_t> chosen) const override;
};

}  // namespace trainbus
