// internal: stored tensors that a model does not read.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/files/checkpoint.hpp"
#include "models/files/checkpoint_map.hpp"

namespace trainbus {

enum class Unused : std::uint8_t {
  Derived,      // follows from the configuration or from other tensors: not saved
  OtherUse,     // of a head for another use: saved as it is
  NotComputed,  // stands beside the model: saved as it is, and named in the log
  InsideLayer,  // would change what a layer computes: refused
};

struct UnusedTensor {
  std::string name;
  Unused why = Unused::NotComputed;
};

// All that are not taken, in the order of their names. Reads the numbers of those inside layers
// alone, of which zeros change nothing.
std::vector<UnusedTensor> find_unused_tensors(const Checkpoint& checkpoint,
                                              const CheckpointMap& map,
                                              const std::set<std::string>& taken);

// Throws UsageError for tensors inside a layer of the model that would change what it computes
// (biases, norms, adapters). all: for every one that is not derived, for formats that hold nothing
// but what is computed with (GGUF).
void check_unused_tensors(const Checkpoint& checkpoint, std::span<const UnusedTensor> unused,
                          bool all);

// The tensors that were not taken and are to be saved with the model as they are, in the order of
// their names: all but those that are derived. Those that the map does not keep silently are named
// in the log. Throws what check_unused_tensors() throws.
TRAINBUS_EXPORT std::vector<StoredTensor> unused_tensors(const Checkpoint& checkpoint,
                                                         const CheckpointMap& map,
                                                         const std::set<std::string>& taken,
                                                         bool all = false);

}  // namespace trainbus
