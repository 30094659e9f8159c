// Llama-family models from GGUF files. Internal to model_files.cpp.
#pragma once

#include <filesystem>

#include "models/model_files.hpp"

namespace trainbus {

// format: of the matrices. Throws UsageError.
LoadedModel load_llama_gguf(const std::filesystem::path& path, kernels::Format format);

}  // namespace trainbus
