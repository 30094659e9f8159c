// The registry of model families.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "models/family.hpp"

namespace trainbus {

TRAINBUS_EXPORT std::span<const ModelFamily* const> model_families();
// Null: there is none of this model_type.
TRAINBUS_EXPORT const ModelFamily* find_model_family(std::string_view model_type);
// "llama, opt or bert": for messages. decoders, encoders: which kinds.
TRAINBUS_EXPORT std::string model_family_names();
TRAINBUS_EXPORT std::string model_family_names(ModelKind kind);

}  // namespace trainbus
