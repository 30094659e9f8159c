// Identifies a file that is not of the expected kind, by its bytes and not by its suffix.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The kind that a reader expects. Text: JSON, or lines of tokens.
enum class FileKind : std::uint8_t { Text, Safetensors, Gguf, Torch };

// Whether the bytes begin as a GGUF file does.
TRAINBUS_EXPORT bool begins_as_gguf(std::string_view bytes);
// The same for the file at path; false if it cannot be read.
TRAINBUS_EXPORT bool is_gguf(const std::filesystem::path& path);

// Whether the bytes begin as a file of torch.save does, which are archives and pickles.
TRAINBUS_EXPORT bool begins_as_torch(std::string_view bytes);

// bytes: the whole file. Throws UsageError, naming what the file is and what to do about it, if it
// is known to be something else: empty, a git-lfs pointer, an HTML page, a server's message, a
// pickle or an archive, another format of weights. A damaged file of the expected kind passes.
TRAINBUS_EXPORT void refuse_foreign(std::string_view bytes, const std::filesystem::path& path,
                                    FileKind expected);

}  // namespace trainbus
