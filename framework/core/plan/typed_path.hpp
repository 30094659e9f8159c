// Expands paths that no shell has expanded: in run files, after '=', in quotes.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// A leading ~ or ~USER becomes that home folder; $NAME and ${NAME} become the variable's value,
// unless a file of exactly the typed name exists. Throws UsageError, naming where, for an unknown
// user or variable.
TRAINBUS_EXPORT std::string typed_path(std::string_view typed, const std::string& where);

}  // namespace trainbus
