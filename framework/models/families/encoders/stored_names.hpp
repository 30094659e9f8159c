// What checkpoints call an encoder's parameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/files/checkpoint_map.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// Checkpoints of the bare network have no `prefix` ("bert.") before its tensors; TensorFlow's
// children call a norm's weight and bias gamma and beta.
std::vector<std::string> stored_names(const std::string& parameter, std::string_view prefix);

// All of the shapes under these names. ignored: what the heads for other uses begin with.
CheckpointMap encoder_checkpoint(const std::vector<Parameters::Shape>& shapes,
                                 std::string_view prefix,
                                 std::initializer_list<const char*> ignored);

}  // namespace trainbus
