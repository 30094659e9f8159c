// GPT-2's byte alphabet: every byte as one printable character, so that vocabularies are text.
// Source: openai/gpt-2, encoder.py, bytes_to_unicode.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "text/steps/aligned_text.hpp"

namespace trainbus {

// " hello" → "Ġhello".
TRAINBUS_EXPORT std::string to_byte_level(std::string_view bytes);
// "Ġhello" → " hello"; none if a character is not in the alphabet.
TRAINBUS_EXPORT std::optional<std::string> from_byte_level(std::string_view token);

// Every byte of the text into the alphabet; all that one character becomes comes from it.
void bytes_to_alphabet(AlignedText& text);
// One character's bytes, or many.
void append_byte_level(std::string& out, std::string_view bytes);

}  // namespace trainbus
