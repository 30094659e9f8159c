// A model's parameters found in a checkpoint. Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "models/files/checkpoint.hpp"
#include "models/files/checkpoint_map.hpp"

namespace trainbus {

// Rows [first, first + rows) of a parameter, stored as `part` says in the tensor `name`.
struct FoundPart {
  StoredPart part;
  std::string name;
  std::int64_t first = 0, rows = 0;
};

// Of every shape, in its order. taken: the names of the tensors. Throws UsageError if one is
// missing or has another shape than the configuration asks for, or if there are further layers.
std::vector<std::vector<FoundPart>> find_parts(const std::vector<Parameters::Shape>& shapes,
                                               const Checkpoint& checkpoint,
                                               const CheckpointMap& map,
                                               std::set<std::string>& taken);

// The name that the checkpoint has the parameter under, or the first part of it; none: it has
// none.
TRAINBUS_EXPORT std::optional<std::string> stored_name(const Checkpoint& checkpoint,
                                                       const CheckpointMap& map,
                                                       std::string_view parameter);

// "model.layers.#.mlp.up_proj.weight": the name with its numbers left out.
std::string kind_of_name(std::string_view name);

}  // namespace trainbus
