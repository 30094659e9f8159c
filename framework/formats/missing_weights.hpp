// What a folder holds instead of weights. Internal to TensorSet.
#pragma once

#include <filesystem>

namespace trainbus {

// Throws UsageError naming what the folder holds (an adapter, ONNX, …) and how to get
// weights from it.
[[noreturn]] void refuse_without_weights(const std::filesystem::path& folder);

}  // namespace trainbus
