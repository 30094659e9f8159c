// The models of device_bench, with their weights in a device's memory, and their batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "device/backend.hpp"
#include "models/files/pretrained_model.hpp"
#include "published_models.hpp"

namespace trainbus::bench {

struct DeviceModel {
  std::string name;  // for people: "OPT-13B"
  // Computes with `weights`. Its own parameters are only shapes, so that 13 billion of them take no
  // host memory.
  std::unique_ptr<PretrainedModel> model;
  std::vector<at::Tensor> weights;  // bfloat16, in the device's memory, in the model's order
};

// "125m", "1.3b", "13b", "tiny": OPT, matrices and biases from N(0, 0.02²), norm weights 1.
// "smollm2": SmolLM2-135M as its file has it; throws std::runtime_error if it is not there.
DeviceModel make_device_model(const std::string& name, at::Device device);

// The same random tokens for both sides, without padding; the loss is that of each sequence's last
// token.
struct DeviceBatch {
  Batch ours;
  PaddedBatch published;  // in staging memory
};
DeviceBatch make_device_batch(const ModelConfig& config, std::int64_t sequences,
                              std::int64_t length, device::Backend& backend);

}  // namespace trainbus::bench
