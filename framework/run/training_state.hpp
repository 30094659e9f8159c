// The files of a checkpoint that a model's own folder does not have: residuals, and the optimizer's
// state.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/export.hpp"
#include "engine/optimizer.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// The approximate size of a checkpoint's files.
TRAINBUS_EXPORT std::uint64_t bytes_of(const Parameters& parameters, const OptimizerState& state);

// Writes optimizer.safetensors, and residuals.safetensors for parameters that have some. Throws
// RunError.
TRAINBUS_EXPORT void save_state(const Parameters& parameters, const OptimizerState& state,
                                const std::filesystem::path& folder);
// Reads them and the model's weights into the parameters, bit for bit. Throws RunError if they do
// not fit.
TRAINBUS_EXPORT OptimizerState restore_state(const std::filesystem::path& folder,
                                             Parameters& parameters);

}  // namespace trainbus
