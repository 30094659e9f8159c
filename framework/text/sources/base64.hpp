// Base64 (RFC 4648, section 4), as tokenizer.json holds bytes. Internal to its reader and writer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trainbus {

std::string to_base64(std::string_view bytes);
// None if the text is not base64, with its padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace trainbus
