// Unicode normalisation, for the vocabularies that were trained on normalised text.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Normalization Form C (composed) and D (decomposed) of valid UTF-8.
TRAINBUS_EXPORT std::string to_nfc(std::string_view text);
TRAINBUS_EXPORT std::string to_nfd(std::string_view text);

}  // namespace trainbus
