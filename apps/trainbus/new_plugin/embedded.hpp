// Files embedded in the launcher by cmake/EmbedFiles.cmake: the templates of new-plugin and the
// SDK's headers.
#pragma once

#include <string_view>

namespace trainbus::cli {

std::string_view embedded_file(std::string_view name);  // "sink.cpp.in", "plugin.h"; must exist

}  // namespace trainbus::cli
