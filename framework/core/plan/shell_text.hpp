// Words of a command that a message offers for pasting into a shell.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The word as it is, or in single quotes if a POSIX shell would read it as anything else.
TRAINBUS_EXPORT std::string shell_text(std::string_view word);

}  // namespace trainbus
