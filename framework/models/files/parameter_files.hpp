// Parameters from checkpoints and back, whatever the model.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "models/files/checkpoint.hpp"
#include "models/files/checkpoint_map.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// The parameters as the map says where they are stored. Matrices become what `format` says. taken,
// if given, receives the names of the stored tensors that were used. Throws UsageError naming the
// tensor: missing, of another shape, with NaN or infinity in it, or with numbers that the format
// cannot hold; also if the checkpoint has more layers than the shapes.
TRAINBUS_EXPORT Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                                           const Checkpoint& checkpoint, const CheckpointMap& map,
                                           kernels::Format format = kernels::Format::Float32,
                                           std::set<std::string>* taken = nullptr);

// Parameters of which some lie in the file, since it stores them as they are used. None of their
// numbers has been read: opening takes no longer for a large file than for a small one.
struct TRAINBUS_EXPORT OpenedParameters {
  Parameters parameters;
  struct Unread {
    ParameterId id;
    std::string tensor;  // in the file
    std::filesystem::path file;
  };
  std::vector<Unread> unread;

  // Looks for NaN and infinity in them. Throws UsageError as load_parameters does. Runs on
  // LibTorch's threads.
  void check() const;
};
TRAINBUS_EXPORT OpenedParameters open_parameters(const std::vector<Parameters::Shape>& shapes,
                                                 const Checkpoint& checkpoint,
                                                 const CheckpointMap& map,
                                                 kernels::Format format = kernels::Format::Float32,
                                                 std::set<std::string>* taken = nullptr);

// load_parameters from a .safetensors file, an index of shards, or a folder that holds either,
// under the parameters' names.
TRAINBUS_EXPORT Parameters load_parameters(const std::vector<Parameters::Shape>& shapes,
                                           const std::filesystem::path& path,
                                           kernels::Format format = kernels::Format::Float32);

// Writes one .safetensors file, whole or not at all, every tensor in the type that its value has:
// of a bfloat16 with residual what forward passes read. Throws RunError.
TRAINBUS_EXPORT void save_parameters(const Parameters& parameters,
                                     const std::filesystem::path& file);
// The parameters as the map says, and others as they are, in one file. A parameter goes before
// another tensor of its name.
TRAINBUS_EXPORT void save_parameters(const Parameters& parameters, const CheckpointMap& map,
                                     std::span<const StoredTensor> others,
                                     const std::filesystem::path& file);

}  // namespace trainbus
