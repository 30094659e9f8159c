// What a folder holds instead of safetensors weights. Internal to SafetensorsSet.
#pragma once

#include <filesystem>

namespace trainbus {

// Throws UsageError naming what the folder holds (pickled weights, an adapter, ONNX, …) and how to
// get safetensors weights from it.
[[noreturn]] void refuse_without_weights(const std::filesystem::path& folder);

}  // namespace trainbus
