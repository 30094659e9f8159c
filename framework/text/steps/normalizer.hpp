// Unicode normalisation, for the vocabularies that were trained on normalised text.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"
#include "text/steps/aligned_text.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// Normalization Form C (composed) and D (decomposed) of valid UTF-8.
TRAINBUS_EXPORT std::string to_nfc(std::string_view text);
TRAINBUS_EXPORT std::string to_nfd(std::string_view text);

// Any form, in place. Characters inherit their origins as in Hugging Face's tokenizers: of what
// was composed, from all of its parts that it replaces.
void to_form(AlignedText& text, normalize::Unicode::Form form);

}  // namespace trainbus
