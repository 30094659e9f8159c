// Parameters in safetensors files, whatever the model.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "formats/safetensors_set.hpp"
#include "models/parameters.hpp"

namespace trainbus {

// Throws UsageError, naming the file, if a stored tensor's shape is not the parameter's.
void check_shape(std::span<const std::int64_t> stored, const Parameters::Shape& expected,
                 const std::filesystem::path& file);

// path: a .safetensors file, an index of shards, or a folder that holds either; tensors F32, BF16
// or F16 under the parameters' names. Matrices become what `format` says. Throws UsageError.
TRAINBUS_EXPORT Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                                           const std::filesystem::path& path,
                                           kernels::Format format = kernels::Format::Float32);

// The same from a checkpoint that may call a parameter by another name. stored_names: the names to
// look for, in that order; the first is the one that a message names. None: the checkpoint does not
// have it, and it stays zero.
using StoredNames = std::function<std::vector<std::string>(const std::string& parameter)>;
TRAINBUS_EXPORT Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                                           const SafetensorsSet& checkpoint,
                                           const StoredNames& stored_names,
                                           kernels::Format format = kernels::Format::Float32);

// Writes one .safetensors file, whole or not at all, every tensor in the type that its value has:
// of a bfloat16 with residual what forward passes read. Throws RunError.
TRAINBUS_EXPORT void save_parameters(const Parameters& parameters,
                                     const std::filesystem::path& file);
// Both sets in one file.
TRAINBUS_EXPORT void save_parameters(const Parameters& parameters, const Parameters& others,
                                     const std::filesystem::path& file);

}  // namespace trainbus
